"""The models of plugins/seqkit-zoo: trained, packed in half the size, and measured as they are packed.

    SEQKIT_DATA=FOLDER python benchmarks/zoo.py [--data FOLDER] [--only upos-ko …] [--take FOLDER] [--folder MODELS]

The folder holds the sets as they are published. Each model is trained by its recipe, from seed 0, on the training part
alone; `--only upos-ko --take runs/upos-ko-0` packs one that `benchmarks/recipes.py --keep` has left. Its weights are
written as float16 and computed with as float32; the model is loaded as anybody loads it and measured on the test part.
Those figures, of this very file, go into benchmarks/results/models/NAME.json and the model's card.
"""

import argparse
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import installed
import packing
import sets
import spelling
from common import origin, threads
from rich.console import Console

from seqkit.cli.loading import load_model, load_tokenizer, quiet, task_of
from seqkit.cli.seq2seq import measure_pairs
from seqkit.data import read_dataset
from seqkit.tokenizers.pair import target_tokenizer
from seqkit.training.confusion import draw_confusion
from seqkit.training.evaluation import evaluate
from seqkit.training.report import Report
from seqkit.training.session import train
from seqkit.training.settings import Settings, build_settings

ROOT = Path(__file__).resolve().parent.parent
ZOO = ROOT / "plugins" / "seqkit-zoo" / "src" / "seqkit_zoo" / "models"
COMMAND = "SEQKIT_DATA=FOLDER python benchmarks/zoo.py --only {name}"


def longer(settings: Settings) -> None:
    """Read more of a text that is longer than the one that the recipe is made for."""
    settings.arguments.max_steps = 3_000


def letters(settings: Settings) -> None:
    """Make of the recipe for sentences of words one for names of letters; a syllable of Hangul is two or three."""
    settings.tokenizer, settings.tokenizer_options = "jamo", {}
    sizes = {"embedding_size": 64, "hidden_size": 128, "attention_size": 64}
    settings.config = {**settings.config, **sizes}
    given = {"bf16": False, "num_train_epochs": 40, "per_device_train_batch_size": 32}
    given |= {"learning_rate": 4e-3, "warmup_steps": 50}
    for name, value in given.items():
        setattr(settings.arguments, name, value)


@dataclass(frozen=True)
class Model:
    """A model of the zoo.

    Args:
        data: the set, a key of seqkit/hub/sets.json and of the readers.
        recipe: the recipe that trains it; "" for one that `spelling` trains.
        change: what is made of the recipe.
        job: the row of recipes.json that it is one seed of; "" where there is none.
        made_of: the package whose version decides what the data is, "" for none.
        words: how many words of its vocabulary are kept, where it would be too large; None keeps all.
    """

    data: str
    recipe: str = ""
    change: Callable[[Settings], None] = lambda settings: None
    job: str = ""
    made_of: str = ""
    words: int | None = None


MODELS = {
    "digit-to-words": Model("digits", made_of="scikit-learn"),
    "languages": Model("names", "languages", job="languages"),
    "python-char": Model("python-library", "char-lm", longer, made_of="python"),
    "sentiment-ko": Model("nsmc", "sentiment-ko", job="sentiment-ko", words=10_000),
    "shakespeare-char": Model("tinyshakespeare", "char-lm-race"),
    "transliterate-en-ko": Model("cldr-names", "seq2seq", letters, made_of="babel"),
    "upos-en": Model("ud-english-ewt", "upos-en", job="upos-en"),
    "upos-ko": Model("ud-korean-gsd", "upos-ko", job="upos-ko"),
}
READERS = {**sets.READERS, **installed.READERS}


def learn(name: str, folder: Path, data: Path, quick: bool) -> Path:
    """Train a model by its recipe, and return its folder."""
    model = MODELS[name]
    if not model.recipe:
        return spelling.learn(folder / name, COMMAND.format(name=name), quick)
    with tempfile.TemporaryDirectory() as temporary:
        files = sets.write_parts(READERS[model.data](data / model.data, 0), Path(temporary))
        given = {"seed": "0", "use_cpu": "true", "eval_strategy": "no"} | ({"max_steps": "2"} if quick else {})
        settings = build_settings(
            None, model.recipe, [files["train"]], str(folder / name), given,
            validation=[files["test"]], command=COMMAND.format(name=name),
        )  # fmt: skip
        model.change(settings)
        train(settings, Console(file=io.StringIO()))
    return folder / name


def measure(name: str, folder: Path, data: Path) -> Report:
    """Measure a saved model on the test part, as `seqkit evaluate` does."""
    model = MODELS[name]
    if not model.recipe:
        return spelling.measure(folder)
    quiet()
    network, tokenizer = load_model(str(folder)), load_tokenizer(str(folder))
    task: Any = task_of(network)
    with tempfile.TemporaryDirectory() as temporary:
        files = sets.write_parts({"test": READERS[model.data](data / model.data, 0)["test"]}, Path(temporary))
        rows = read_dataset(files["test"], task=task)
    if task == "seq2seq":
        return Report(measure_pairs(network, tokenizer, target_tokenizer(network.config, tokenizer), rows, 64))
    return evaluate(network, tokenizer, task, rows)


def figures(name: str, trained: Path, packed: Path, data: Path, stored: str) -> dict[str, Any]:
    """Return what the model's training told, with the figures of the packed file in the place of its own."""
    report, model = measure(name, packed, data), MODELS[name]
    if report.confusion:
        draw_confusion(report.labels, report.confusion, packed / "confusion.png", f"{name}: what was taken for what")
    told = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    found = {"metrics": report.figures, "by_label": report.table, "labels": report.labels}
    found |= {"confusion": report.confusion, "notes": report.notes, "stored": stored}
    found["parameters"] = packing.parameters(packed)
    where = {key: value for key, value in origin(1).items() if key != "seed"}
    own = platform.python_version() if model.made_of == "python" else model.made_of and version(model.made_of)
    versions = {**told.get("versions", {}), **({model.made_of: own} if own else {})}
    return {**told, **found, **where, "versions": versions, "command": COMMAND.format(name=name)}


def publish(name: str, trained: Path, data: Path, zoo: Path, results: bool) -> dict[str, float]:
    """Pack a model, measure it, and put it into the zoo; then its card is rendered."""
    with tempfile.TemporaryDirectory(dir=zoo.parent, prefix=".") as temporary:
        packed = Path(temporary) / name
        stored = packing.pack(trained, packed, MODELS[name].words)
        found = figures(name, trained, packed, data, stored)
        (packed / "metrics.json").write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        shutil.rmtree(zoo / name, ignore_errors=True)
        packed.rename(zoo / name)
    if results:
        tool = [sys.executable, str(ROOT / "tools" / "hub_cards.py"), str(zoo / name), name]
        model = MODELS[name]
        subprocess.run([*tool, "--set", model.data, "--job", model.job or name], check=True)
    return found["metrics"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("SEQKIT_DATA"), help="the folder of the sets")
    parser.add_argument("--only", nargs="+", choices=list(MODELS), default=list(MODELS), help="these alone")
    parser.add_argument("--take", type=Path, help="a trained model to pack; name one model by --only")
    parser.add_argument("--folder", type=Path, help="the zoo's folder; another than its own gets no cards", default=ZOO)
    parser.add_argument("--quick", action="store_true", help="two steps: shows that it runs, its figures say nothing")
    options = parser.parse_args()
    if options.data is None:
        parser.error("give --data FOLDER, or set SEQKIT_DATA")
    if options.take and len(options.only) != 1:
        parser.error("--take is one model: name it by --only")
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        with threads(1), tempfile.TemporaryDirectory() as temporary:
            trained = options.take or learn(name, Path(temporary), options.data, options.quick)
            print(name, publish(name, trained, options.data, options.folder, options.folder == ZOO), flush=True)


if __name__ == "__main__":
    main()
