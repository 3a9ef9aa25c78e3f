"""Two runs of any recipe, on the same machine with the same seed, give equal weights bit for bit."""

import random
import tempfile
from pathlib import Path

from rich.console import Console
from transformers import set_seed

from seqkit import recipes
from seqkit.training.session import build_model, build_trainer
from seqkit.training.settings import build_settings
from seqkit.training.tasks import prepare
from tests.faults.battery import Counts, Tally
from tests.faults.training import digest_weights, quiet

FULL = len(recipes.names())
UNIT = "recipes"

WORDS = "the old dog runs home and sings 학교 에서 노래 를 부른다 ."
SMALL = {
    "max_steps": "3",
    "per_device_train_batch_size": "4",
    "use_cpu": "true",
    "report_to": "none",
    "eval_strategy": "no",
}
"""A recipe as it is, with its own widths and noise, but a few steps of small batches."""


def run(count: int, seed: int = 0) -> Counts:
    """Train each recipe twice for three steps, on data of its kind."""
    quiet()
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        for recipe in recipes.names()[:count]:
            one, other = (train(recipe, Path(name), seed) for _ in range(2))
            tally.right(recipes.load(recipe)["task"]) if one == other else tally.wrong(f"{recipe}: {one} and {other}")
    return tally.counts()


def train(recipe: str, folder: Path, seed: int) -> str:
    """Train a recipe for a few steps; returns a digest of its weights and optimiser."""
    data = write(recipes.load(recipe)["task"], folder)
    settings = build_settings(None, recipe, [str(data)], str(folder / "run"), {**SMALL, "seed": str(seed)})
    set_seed(seed)
    prepared, console = prepare(settings), Console(quiet=True)
    trainer = build_trainer(settings, prepared, build_model(settings, prepared, console), console)
    trainer.train()
    return digest_weights(trainer)


def write(task: str, folder: Path) -> Path:
    """Write data for a task."""
    dice, path = random.Random(0), folder / NAMES[task]
    lines = [" ".join(dice.choices(WORDS.split(), k=dice.randrange(3, 9))) for _ in range(400)]
    if task == "causal-lm":
        # As many words as the classes of an adaptive softmax begin behind.
        lines += [" ".join(f"w{number}" for number in range(first, first + 100)) for first in range(0, 20_000, 100)]
    elif task == "sequence-classification":
        lines = ["text,label", *(f"{line},{dice.choice('ab')}" for line in lines[:60])]
    elif task == "token-classification":
        lines = ["\n".join(f"{word}\t{dice.choice(TAGS)}" for word in line.split()) + "\n" for line in lines[:60]]
    elif task == "seq2seq":
        lines = ["source\ttarget", *(f"{line}\t{line[::-1]}" for line in lines[:60])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


NAMES = {
    "causal-lm": "a.txt",
    "sequence-classification": "a.csv",
    "token-classification": "a.conll",
    "seq2seq": "a.tsv",
}
TAGS = ("O", "B-PER", "B-LOC")
