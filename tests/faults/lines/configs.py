"""Hostile `config.json`: refused by one error of seqkit's that names the field, at once, and without taking memory.

The cases are fields with values of `VALUES`, drawn anew by each seed, with whole files that are none (`TEXTS`) among
them; after all of those, several fields at a time. Each is loaded with the weights of a small model beside it. A value
that is right for its field may load; one that makes another network of it must be refused: the weights do not fit.
"""

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from unittest import mock

import transformers

from seqkit import RNNConfig, RNNForCausalLM, RNNForConditionalGeneration
from seqkit.errors import CheckpointError, ConfigError, SeqkitError
from seqkit.fields import FOREIGN, own_fields
from tests.faults.battery import Counts, Tally

FULL = 2_000
UNIT = "configurations"

SECONDS, MEGABYTES = 1.0, 200
"""How long a refusal may take the processor, and how much memory beyond what was in use before."""


def nested(deep: int, key: str | None = None) -> str:
    """Write JSON of lists, or of mappings, inside each other."""
    return "[" * deep + "]" * deep if key is None else f'{{"{key}":' * deep + "1" + "}" * deep


NUMBERS = ["-1", "0", "1", "2147483647", "2147483648", "1000000000", "9223372036854775808", "1" + "0" * 400, "9" * 5000]
FLOATS = ["0.5", "-0.5", "1e308", "1e999", "NaN", "Infinity", "-Infinity", '{"__float__": "NaN"}', "64.0"]
NAMES = ["", "a", "../../etc/passwd", "/etc/passwd", "a\0b", "os:system", "os.system", "evil/kernel", "x" * 10**6]
LISTS = ["[]", "[1]", "[-1]", "[[1]]", '["a"]', "[null]", "[9223372036854775808]", f"[{'0,' * 100_000}0]"]
DICTS = ["{}", '{"a": 1}', '{"0": "a", "1": "a"}', '{"-1": "x"}', '{"a": {"b": "c"}}', '{"cell": {"name": "../x"}}']
DEEP = [nested(1_000), nested(1_000, "a"), nested(100_000), nested(40, "cell")]
VALUES = [*NUMBERS, *FLOATS, *map(json.dumps, NAMES), *LISTS, *DICTS, *DEEP, "null", "true", "false"]
"""What stands in a field, as JSON."""

ODD = (
    "__class__",
    "__init__",
    "_target_",
    "",
    "x" * 10_000,
    "configuration_files",
    "auto_map",
    "custom_pipelines",
    "id",
)
"""Names that are no fields, or that other libraries make something of."""

FIELDS = sorted({*own_fields(RNNConfig), *FOREIGN, "temperature", "_attn_implementation", *ODD})

TEXTS = [
    *(b"", b"{", b"[]", b"5", b"null", b'"x"', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"{}" * 2, b"\0", b'{"a": 1, "a": 2}'),
    *(nested(deep, key).encode() for deep in (100, 990, 100_000) for key in (None, "hidden_size")),
    *(b" " * 10**7, b'{"x": "' + b"y" * 10**7 + b'"}', b"[" + b"[]," * 10**6 + b"[]]", b'{"hidden_size": 1e5, ' * 9),
]
"""Whole files."""

BASES: dict[type, dict[str, Any]] = {
    RNNForCausalLM: {"vocab_size": 9, "hidden_size": 4, "cell": "gru"},
    RNNForConditionalGeneration: {
        "vocab_size": 9,
        "hidden_size": 4,
        "is_encoder_decoder": True,
        "attention": "dot",
        "decoder_start_token_id": 1,
    },
}
AUTO = {
    RNNForCausalLM: transformers.AutoModelForCausalLM,
    RNNForConditionalGeneration: transformers.AutoModelForSeq2SeqLM,
}


def written(base: dict[str, Any], changes: dict[str, str]) -> bytes:
    """Write a configuration whose values are JSON already, some of them such as `json.dumps` would not write."""
    values = {name: json.dumps(value) for name, value in base.items()} | changes
    return ("{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in values.items()) + "}").encode()


def cases(base: dict[str, Any], seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield what each case is, and its file: all single ones in an order of the seed's, then several at a time."""
    rng = random.Random(seed)
    single = list(product(FIELDS, VALUES))
    rng.shuffle(single)
    # A share of each, so that a short run has both.
    whole = [(f"text {text[:20]!r}…", text) for text in TEXTS]
    for place, (name, value) in enumerate(single):
        if place % 20 == 0 and whole:
            yield whole.pop()
        yield f"{name[:40]} = {value[:60]}", written(base, {name: value})
    while True:
        names = rng.sample(FIELDS, 3)
        yield f"several: {names}", written(base, {name: rng.choice(VALUES) for name in names})


class Bench:
    """A folder of a small model whose `config.json` is replaced again and again."""

    def __init__(self, kind: type, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        kind(RNNConfig(**BASES[kind])).save_pretrained(folder)
        self.file = folder / "config.json"
        self.whole = json.loads(self.file.read_text())

    def outcome(self, text: bytes, through_auto: bool) -> str:
        """Load a configuration; return what came of it, `FAILED…` if a promise was broken."""
        self.file.write_bytes(text)
        before, started = peak(), time.process_time()
        found = self.load(AUTO[self.kind] if through_auto else self.kind)
        seconds, megabytes = time.process_time() - started, peak() - before
        if seconds > SECONDS or megabytes > MEGABYTES:
            return f"FAILED: {seconds:.1f} s, {megabytes:.0f} MB, {found}"
        return found

    def load(self, kind: Any) -> str:
        try:
            with mock.patch("builtins.input", asked):
                kind.from_pretrained(self.folder)
        except Asked:
            # What says that it is no model of seqkit's is none of seqkit's business.
            return "FAILED: a question" if self.is_seqkits() else "refused by transformers"
        except (ConfigError, CheckpointError) as error:
            return "refused" if len(str(error)) < 5_000 else f"FAILED: a message of {len(str(error)):,} characters"
        except Exception as error:
            # Before it is known whose file it is, transformers reads it in its own way, and refuses it in its own way.
            if isinstance(error, SeqkitError) or (kind is not self.kind and not through_seqkit(error)):
                return "refused by transformers" if kind is not self.kind else f"FAILED: {error!r}"
            return f"FAILED: {type(error).__name__}: {str(error)[:200]}"
        return "loaded"

    def is_seqkits(self) -> bool:
        return bool(json.loads(self.file.read_bytes()).get("model_type") == RNNConfig.model_type)


class Asked(BaseException):
    """A question on the terminal; transformers would catch an `Exception`, and raise another."""


def asked(*_: Any) -> str:
    raise Asked


def through_seqkit(error: BaseException) -> bool:
    """Tell whether an error passed through seqkit's code."""
    trace = error.__traceback__
    while trace is not None:
        if "/seqkit/" in trace.tb_frame.f_code.co_filename:
            return True
        trace = trace.tb_next
    return False


def peak() -> float:
    """Return the most memory that this process has had, in MB; on Linux since the last call."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = size / 2**20 if sys.platform == "darwin" else size / 1024
    try:
        status = Path("/proc/self/status").read_text()
        size = int(status.split("VmHWM:")[1].split()[0]) / 1024
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except (OSError, IndexError):
        pass
    return size


def run(count: int, seed: int = 0) -> Counts:
    """Load so many configurations, by the model's class and by transformers' Auto class in turn."""
    tally, kinds = Tally(), list(BASES)
    with tempfile.TemporaryDirectory() as root:
        benches = [Bench(kind, Path(root, kind.__name__)) for kind in kinds]
        sources = [cases(bench.whole, seed) for bench in benches]
        for bench in benches:
            bench.outcome(written(bench.whole, {}), True)  # what is imported late counts as in use before
        for number in range(count):
            which = number % len(benches)
            told, text = next(sources[which])
            outcome = benches[which].outcome(text, through_auto=number % 8 >= 6)
            if outcome.startswith("FAILED"):
                tally.wrong(f"configuration {number} (seed {seed}), {told}: {outcome[:300]}")
            else:
                tally.right(outcome)
    return {**tally.counts(), "fields": len(FIELDS), "values": len(VALUES)}
