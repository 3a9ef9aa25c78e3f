"""`export.json`: what an exported folder says of itself, checked field by field before anything is believed."""

import json
from dataclasses import asdict, dataclass, field, fields
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from seqkit.annotations import show
from seqkit.errors import CheckpointError
from seqkit.reading import parse_object

FORMAT = 2
"""Raised by one when folders of before can no longer be read."""

FILE = "export.json"
MODEL, STEP, WORDS, TOKENIZER, START = "model.onnx", "step.onnx", "words.onnx", "tokenizer.json", "state.npz"
FILES = (MODEL, STEP, WORDS, TOKENIZER, START)
"""The files that a description may name, and no others: a name is never a path."""

TASKS = ("causal-lm", "sequence-classification", "token-classification")
KINDS = ("char", "word", "word-char")


@dataclass(frozen=True)
class Description:
    """An exported model.

    Args:
        task: what it does; one of `TASKS`.
        cell: name of its recurrence, to be shown.
        int8: whether weights are rounded to 8 bits.
        seqkit: the version that wrote it.
        inputs: names of what the whole-sequence graph reads, but for the state.
        state: width of each tensor of the state by its name, in order; empty for a model that carries none.
        vocab_size: number of token ids, None for a model that reads float vectors.
        num_features: width of those vectors.
        character_size: width of what the characters of a word say; None for a model that reads none.
        labels: names of the classes, in order; of a language model none.
        problem_type: as in the model's configuration.
        calibration_temperature: what a classifier's scores are divided by before they become probabilities.
        label_thresholds: probability from which on each of several labels is given; None is 0.5 for all.
        pad_token_id: id that fills short rows.
        bos_token_id: id that begins a text.
        eos_token_ids: ids that end a text.
        padding_side: the side on which short rows are filled.
        tokenizer: kind of the tokenizer, one of `KINDS`; None for a model that reads float vectors.
        spelling: options of `seqkit.tokenizers.spelling.Speller`, for the tokenizer `word-char`.
        files: sha256 of each file by its name.
        format: of the folder.
    """

    task: str
    cell: str
    int8: bool
    seqkit: str
    inputs: list[str]
    state: dict[str, int]
    vocab_size: int | None
    num_features: int | None
    character_size: int | None
    labels: list[str]
    problem_type: str | None
    calibration_temperature: float
    label_thresholds: list[float] | None
    pad_token_id: int | None
    bos_token_id: int | None
    eos_token_ids: list[int]
    padding_side: str
    tokenizer: str | None
    spelling: dict[str, Any] | None
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self) -> str:
        """Return the text of `export.json`."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, text: str) -> "Description":
        """Read the text of `export.json`.

        Raises:
            CheckpointError: telling the field, its value and what was expected.
        """
        given = parse_object(text.encode("utf-8", "surrogatepass"), FILE)
        if given.get("format") != FORMAT:
            raise CheckpointError(
                f"{FILE} has format {show(given.get('format'))}; this seqkit reads {FORMAT}. Export the model again."
            )
        _check_fields(given)
        made = cls(**given)
        made._check()
        return made

    def _check(self) -> None:
        """Check the values together."""
        _one_of("task", self.task, TASKS)
        _one_of("padding_side", self.padding_side, ("left", "right"))
        if self.tokenizer is not None:
            _one_of("tokenizer", self.tokenizer, KINDS)
        for name in self.files:
            _one_of("files", name, FILES)
        if (self.spelling is None) != (self.character_size is None) or self.character_size == 0:
            told = f"the character_size {self.character_size}, and the spelling {self.spelling}"
            raise CheckpointError(f"{FILE} has {told}; expected a width of 1 or more and a spelling, or neither.")
        needed = {MODEL} | ({TOKENIZER} if self.tokenizer else set()) | ({STEP, START} if self.state else set())
        needed |= set() if self.character_size is None else {WORDS}
        if set(self.files) != needed:
            raise CheckpointError(f"{FILE} names the files {sorted(self.files)}; expected {sorted(needed)}.")
        if any(width < 1 for width in self.state.values()):
            raise CheckpointError(f"{FILE} has the state {self.state}; expected widths of 1 or more.")
        if not 0 < self.calibration_temperature < float("inf"):
            raise CheckpointError(f"calibration_temperature is {self.calibration_temperature}; expected more than 0.")
        if (self.task == "causal-lm") == bool(self.labels):
            raise CheckpointError(f"{FILE} has {len(self.labels)} labels for the task {self.task}.")
        if self.label_thresholds is not None and len(self.label_thresholds) != len(self.labels):
            raise CheckpointError(f"label_thresholds has {len(self.label_thresholds)}, labels {len(self.labels)}.")


def _check_fields(given: dict[str, Any]) -> None:
    hints = get_type_hints(Description)
    known = {f.name for f in fields(Description)}
    for wrong, what in ((set(given) - known, "unknown"), (known - set(given), "missing")):
        if wrong:
            raise CheckpointError(f"{FILE}: the field {min(wrong)!r} is {what}. Export the model again.")
    for name, value in given.items():
        if not _fits(value, hints[name]):
            shown = repr(value)
            raise CheckpointError(
                f"{FILE}: {name} is {shown[:60]}; expected {getattr(hints[name], '__name__', hints[name])}."
            )


def _fits(value: Any, hint: Any) -> bool:
    """Tell whether a JSON value is of a type; a bool is no number."""
    kind, inner = get_origin(hint), get_args(hint)
    if kind in (Union, UnionType):
        return any(_fits(value, choice) for choice in inner)
    if kind is list:
        return isinstance(value, list) and all(_fits(item, inner[0]) for item in value)
    if kind is dict:
        return isinstance(value, dict) and all(_fits(k, inner[0]) and _fits(v, inner[1]) for k, v in value.items())
    if hint is Any:
        return True
    if hint is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    return type(value) is hint or (hint is type(None) and value is None)


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise CheckpointError(f"{FILE}: {name} holds {value!r}; expected {', '.join(choices)}.")
