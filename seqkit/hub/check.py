"""What must be right before a folder is pushed: it loads, it works, its figures and its card are there."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqkit.data.tasks import WRITING_TASKS
from seqkit.errors import CheckpointError, DataError, SeqkitError
from seqkit.hub.card import is_rendered, render
from seqkit.hub.contents import PICKLES, shared_files
from seqkit.hub.schema import entry_faults, faults
from seqkit.hub.source import Source, read_source
from seqkit.hub.told import read_told
from seqkit.reading import check_links
from seqkit.tokenizers.pair import TARGET

NEEDED = ("config.json", "model.safetensors", "metrics.json", "README.md")
TOKENIZER = "tokenizer.json"
SECTIONS = ("How to load it", "Figures", "Data", "How it was made", "Limits")
"""What a card has a heading for, each at its beginning."""


@dataclass(frozen=True)
class Problem:
    """Something that is not right, and how it is mended.

    Args:
        what: what is wrong, with the file and the value.
        mend: what to do.
    """

    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what} {self.mend}".rstrip()


def problems(folder: Path) -> list[Problem]:
    """Look for everything that must be right before a folder is pushed.

    Args:
        folder: a model's folder.

    Returns:
        The problems, those to mend first at the front; none if the folder is ready.

    Example:
        >>> print(problems(Path("nowhere"))[0])
        nowhere is no folder. Give the folder of a model that `seqkit train` has made.
    """
    if not folder.is_dir():
        return [Problem(f"{folder} is no folder.", "Give the folder of a model that `seqkit train` has made.")]
    try:
        check_links(folder, every=True)
    except CheckpointError as error:  # what a link leads to would be given away
        return [Problem(str(error), "")]
    checks: tuple[Callable[[Path], Iterator[Problem]], ...] = (_files, _figures, _told, _card, _results)
    found = [problem for check in checks for problem in check(folder)]
    # A folder that lacks a file cannot be loaded anyway, and loading takes the longest.
    return found if any("is missing" in each.what for each in found) else [*found, *_works(folder)]


def problems_of_files(folder: Path) -> list[Problem]:
    """Look for files and figures that a folder lacks, without loading the model.

    Args:
        folder: a model's folder.
    """
    return [*_files(folder), *_figures(folder)]


def problems_of_card(folder: Path) -> list[Problem]:
    """Look for what a card lacks, without loading the model.

    Args:
        folder: a model's folder.
    """
    return [*_told(folder), *_card(folder)]


def _source(folder: Path) -> Source | None:
    """Read what the folder tells of its model; None if it tells nothing that can be read, which `_figures` says."""
    try:
        return read_source(folder)
    except DataError:
        return None


def _tokenizers(folder: Path) -> list[str]:
    """Name the tokenizer's file that the model needs: none to label series, the target's alone to write for them."""
    source = _source(folder)
    if source is None or source.features is None:
        return [TOKENIZER]
    return [f"{TARGET}/{TOKENIZER}"] if source.task in WRITING_TASKS else []


def _files(folder: Path) -> Iterator[Problem]:
    for name in (*NEEDED[:2], *_tokenizers(folder), *NEEDED[2:]):
        sharded = name == "model.safetensors" and (folder / f"{name}.index.json").is_file()
        if not (folder / name).is_file() and not sharded:
            mend = f"Run: seqkit card {folder}" if name == "README.md" else "Take the folder whole, or train again."
            yield Problem(f"{folder / name} is missing.", mend)
    for path in sorted(folder.iterdir()):
        if path.suffix in PICKLES:
            yield Problem(
                f"{path} may run code when it is opened, and is not pushed.",
                "Move it away, that nobody takes it for a part of the model.",
            )


def _figures(folder: Path) -> Iterator[Problem]:
    """Check that there are figures, and that each says where it comes from."""
    try:
        result = read_source(folder).result
    except DataError as error:
        yield Problem(str(error), "")
        return
    where = folder / "metrics.json"
    numbers = {name: value for name, value in result["metrics"].items() if isinstance(value, int | float)}
    if not numbers:
        yield Problem(f"{where} holds no figure.", "Measure the model on data that it did not learn from.")
    for name, value in numbers.items():
        if not math.isfinite(value):
            yield Problem(f"{where}: {name} is {value}.", "A training that ends so is not given away: train again.")
    for name in ("seed", "machine", "date", "parameters"):
        if result.get(name) is None:
            yield Problem(f"{where} has no {name!r}, so nobody can measure it again.", f"Write {name!r} into it.")


def _told(folder: Path) -> Iterator[Problem]:
    """Check that people have told what no training can know."""
    try:
        told = read_told(folder)
    except DataError as error:
        yield Problem(str(error), "")
        return
    run = f"seqkit card {folder}"
    if not told.licence:
        yield Problem("the model has no licence.", f"Run: {run} --licence apache-2.0 (or another)")
    if not told.data.name:
        yield Problem("nobody said what data the model learnt from.", f"Run: {run} --data-name 'Name of the data'")
    elif not told.data.licence:
        yield Problem("the data states no licence.", f"Run: {run} --data-licence cc-by-4.0 (or another; or unknown)")
    source = _source(folder)
    if source is not None and source.features and source.task not in WRITING_TASKS:
        return  # numbers are in no language, and nobody types them
    if not told.language:
        yield Problem("the card names no language.", f"Run: {run} --language en (or ko; or code)")
    if not told.examples and (source is None or source.features is None):
        yield Problem("the card has no example to try the model with.", f"Run: {run} --example 'a text'")


def _card(folder: Path) -> Iterator[Problem]:
    """Check the card itself: up to date, whole, and with metadata that the hub takes."""
    readme = folder / "README.md"
    if not readme.is_file():
        return
    text = readme.read_text(encoding="utf-8", errors="replace")
    try:
        outdated = is_rendered(folder) and render(read_source(folder)) != text
    except (SeqkitError, KeyError, TypeError, ValueError):
        outdated = False  # what is wrong with the files has been told
    if outdated:
        yield Problem(f"{readme} is not what the folder's files say.", f"Run: seqkit card {folder}")
    for name in SECTIONS:
        if not any(line.startswith(f"## {name}") for line in text.splitlines()):
            yield Problem(f"{readme} has no section {name!r}.", f"Run: seqkit card {folder} --overwrite, or write it.")
    yield from (Problem(f"{readme}: {each}", "") for each in _metadata_faults(readme))


def _metadata_faults(readme: Path) -> list[str]:
    from huggingface_hub import metadata_load

    try:
        metadata = metadata_load(readme)
    except Exception as error:  # whatever the YAML reader makes of it
        return [f"its metadata cannot be read: {error}"]
    return faults(metadata) if metadata else ["it begins with no metadata."]


def _results(folder: Path) -> Iterator[Problem]:
    """Check results that are meant for leaderboards."""
    import yaml

    for path in sorted(folder.glob(".eval_results/*.yaml")):
        try:
            found = entry_faults(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            found = [f"it is no YAML: {error}"]
        yield from (Problem(f"{path}: {each}", "Mend it, or take it away.") for each in found)


def _works(folder: Path) -> Iterator[Problem]:
    """Check that the model loads as a user loads it, and generates or predicts."""
    try:
        answer = try_out(folder)
    except Exception as error:  # a plugin's cell or head may raise anything
        yield Problem(f"the model does not work: {error}", "What is pushed shall work: mend it first.")
        return
    if not answer:
        yield Problem("the model writes nothing.", "What is pushed shall work: train it longer.")


def try_out(folder: Path) -> Any:
    """Load a folder's model and tokenizer through the Auto classes, and let it answer its first example, or zeros.

    Args:
        folder: a model's folder.

    Returns:
        What it answers: a text, or a dictionary with a label.
    """
    import transformers

    from seqkit.data.tasks import AUTO_CLASSES
    from seqkit.inference import Labeller, Translator
    from seqkit.tokenizers.pair import target_tokenizer

    task, text = read_source(folder).task, next(iter(read_told(folder).examples), "a")
    model = getattr(transformers, AUTO_CLASSES[task]).from_pretrained(folder, trust_remote_code=False).eval()
    if model.config.num_features:
        series = [[0.0] * model.config.num_features] * 2
        if task not in WRITING_TASKS:
            return next(iter(Labeller(model)([series])))
        return Translator(model, None, target_tokenizer(model.config, None, str(folder))).answer([series])[0]
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    if task == "causal-lm":
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        return tokenizer.decode(model.generate(ids, max_new_tokens=8, do_sample=False)[0])
    if task == "seq2seq":
        target = target_tokenizer(model.config, tokenizer, str(folder))
        return Translator(model, tokenizer, target).answer([text])[0]
    row = text.split() if task == "token-classification" else text
    return next(iter(Labeller(model, tokenizer)([row])))


def listed(folder: Path) -> list[tuple[str, int]]:
    """Return the files that a push sends, with their sizes in bytes.

    Args:
        folder: a model's folder.
    """
    return [(name, (folder / name).stat().st_size) for name in shared_files(folder)]
