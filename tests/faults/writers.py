"""Everything of seqkit that writes, each as one that can be cut off: what was there before, the writing, and a look.

A look gives parts: what a user gets of each file or model, as a digest, or "" where nothing is. After whatever happens
each part is what it was before or what it shall be, and nothing between.
"""

import contextlib
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM, runtime
from seqkit.demo.space import write_space
from seqkit.export import export_onnx
from seqkit.generation import Stream
from seqkit.plugins.scaffold import create
from tests.faults.training import digest
from tests.hub.cases import save as save_classifier

TEXT = "a good day, a bad day"


@dataclass(frozen=True)
class Writer:
    """Something that writes.

    Args:
        before: makes what is there before.
        write: writes over it.
        look: what a user gets, part by part.
        again: what is done after it was cut off; None is the same.
    """

    before: Callable[[Path], Any]
    write: Callable[[Path], Any]
    look: Callable[[Path], list[str]]
    again: Callable[[Path], Any] | None = None


def language_model(seed: int) -> RNNForCausalLM:
    """Make a tiny model; the seed is its weights and how it writes."""
    torch.manual_seed(seed)
    model = RNNForCausalLM(RNNConfig(vocab_size=40, hidden_size=8)).eval()
    model.generation_config.max_length = 20 + seed
    return model


def tokenizer(seed: int) -> CharTokenizer:
    return CharTokenizer.train(TEXT + "pqr"[:seed])


def look_at_model(folder: Path) -> list[str]:
    """Load a model, and with it how it writes."""
    if not (folder / "model" / "config.json").exists():
        return [""]
    model = RNNForCausalLM.from_pretrained(folder / "model")
    return [digest(model.state_dict()), str(model.generation_config.max_length)]


def look_at_tokenizer(folder: Path) -> list[str]:
    return [str(sorted(CharTokenizer.from_pretrained(folder / "tokenizer").get_vocab()))]


def look_at_export(folder: Path) -> list[str]:
    """Load an export, and let it write."""
    if not (folder / "export").exists():
        return [""]
    return [runtime.load(folder / "export").generate("a", max_new_tokens=5)]


def files(*names: str) -> Callable[[Path], list[str]]:
    """Look at files themselves, or at all that a folder holds."""

    def look(folder: Path) -> list[str]:
        return [content(folder / name) for name in names]

    return look


def content(path: Path) -> str:
    """Digest a file, or a folder with all in it; "" is nothing."""
    if not path.exists():
        return ""
    summed = hashlib.sha256()
    for file in [path, *sorted(path.rglob("*"))] if path.is_dir() else [path]:
        summed.update(str(file.relative_to(path.parent)).encode() + (file.read_bytes() if file.is_file() else b""))
    return summed.hexdigest()


def tell(about: str) -> Callable[[Path], None]:
    """Return what `seqkit card` does."""

    def write(folder: Path) -> None:
        from seqkit.cli.card import card

        with contextlib.redirect_stdout(io.StringIO()):
            card(str(folder / "model"), about=about, licence="apache-2.0", language=["en"], overwrite=True)

    return write


def predict(resume: bool) -> Callable[[Path], None]:
    """Return what `seqkit predict --output` does."""

    def write(folder: Path) -> None:
        from seqkit.cli.predict import predict as run

        with contextlib.redirect_stderr(io.StringIO()):
            run(str(folder / "model"), data=[str(folder / "rows.txt")], output=str(folder / "answers.jsonl"),
                split="train", batch_size=2, max_length=64, overlap=8, resume=resume)  # fmt: skip

    return write


def classifier(folder: Path) -> None:
    """Save a classifier, and rows for it."""
    save_classifier(folder / "model")
    (folder / "rows.txt").write_text("a good day\na bad day\n" * 20)


def evaluate(folder: Path) -> None:
    """Write what `seqkit evaluate --output` does."""
    from seqkit.cli.evaluate import save
    from seqkit.training.report import Report

    save(Report({"accuracy": 0.5}, [], ["a", "b"], [[1, 2], [3, 4]]), folder / "report", "what was taken for what")


def stream(seed: int) -> Callable[[Path], None]:
    """Return what saves a text's state."""

    def write(folder: Path) -> None:
        Stream(language_model(0)).feed([1, 2, 3][: seed + 1]).save(folder / "stream.safetensors")

    return write


def look_at_stream(folder: Path) -> list[str]:
    """Load what a text is gone on with; the library orders what stands beside the tensors as it likes."""
    read = Stream.load(language_model(0), folder / "stream.safetensors")
    return [read.generate(max_new_tokens=5, do_sample=False, pad_token_id=0).__repr__() + str(len(read))]


def saved(seed: int) -> Callable[[Path], None]:
    return lambda folder: language_model(seed).save_pretrained(folder / "model")


def nothing(folder: Path) -> None:
    folder.mkdir(exist_ok=True)


WRITERS: dict[str, Writer] = {
    "save_pretrained": Writer(saved(1), saved(2), look_at_model),
    "tokenizer": Writer(
        lambda folder: tokenizer(1).save_pretrained(folder / "tokenizer"),
        lambda folder: tokenizer(2).save_pretrained(folder / "tokenizer"),
        look_at_tokenizer,
    ),
    "card": Writer(
        lambda folder: (classifier(folder), tell("Old.")(folder)),
        tell("New."),
        files("model/README.md", "model/card.json", "model/model.safetensors", "model/config.json"),
    ),
    "predict": Writer(classifier, predict(False), files("answers.jsonl"), predict(True)),
    "evaluate": Writer(nothing, evaluate, files("report/report.json", "report/confusion.png")),
    "export": Writer(
        nothing, lambda folder: export_onnx(language_model(1), tokenizer(1), folder / "export"), look_at_export
    ),
    "space": Writer(
        lambda folder: language_model(1).save_pretrained(folder / "model"),
        lambda folder: write_space(folder / "space", str(folder / "model"), language_model(1).config, "A title"),
        files("space"),
    ),
    "plugin": Writer(nothing, lambda folder: create("mine", "cell", folder), files("seqkit-mine")),
    "stream": Writer(stream(1), stream(2), look_at_stream),
}


def in_place(folder: Path) -> None:
    """Write as no part of seqkit may: over what is there, in two parts, and synced by nobody."""
    with (folder / "a.txt").open("w") as file:
        file.write("ne")
        file.flush()
        (folder / "new.txt").touch()
        file.write("w")


NAIVE = Writer(
    lambda folder: (folder / "a.txt").write_text("old"), in_place, lambda folder: [(folder / "a.txt").read_text()]
)
"""Shows that the batteries find what they are made to find."""
