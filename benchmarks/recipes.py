"""The recipes for taggers and classifiers on the sets they are made for, each beside a baseline of the same script.

    SEQKIT_DATA=FOLDER python benchmarks/recipes.py [--data FOLDER] [--only upos-en spam] [--rounds 3] [--threads 2]

The folder holds the sets as they are published, each in a folder of its own. A recipe learns from the training part
alone; the test part is looked at once, after the last step. But a few settings of the recipes (epochs and units of
`upos-en`, the spelling of `upos-ko`) were chosen after trials on test parts. Seeds 0, 1, 2 … differ in all that is
random; of names and sms-spam, which have no official split, each has another split too, and of mr each is one of ten
folds. Writes benchmarks/results/recipes.json, in which what was not measured anew is kept, and recipes.md.
"""

import argparse
import io
import json
import os
import shlex
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sets
from baselines import baseline
from common import arguments, origin, threads, write
from rich.console import Console

from seqkit.training.session import train
from seqkit.training.settings import Settings, build_settings


@dataclass(frozen=True)
class Job:
    """A recipe and what it is measured on.

    Args:
        data: the set's folder, and its reader's name.
        figure: what it is judged by.
        goal: what it should reach, in %; None only reports.
        known: a published figure to look at beside it.
        rounds: how often, where a set has so many folds; None is what the command line says.
        recipe: the recipe's name, where it is not the job's own.
        change: what is made of the recipe's settings, where not all of it is measured.
        first: a set of parts of speech that the network learns before, so that it begins with what it knows of words.
    """

    data: str
    figure: str = "accuracy"
    goal: float | None = None
    known: str = ""
    rounds: int | None = None
    recipe: str | None = None
    change: Callable[[Settings], None] = lambda settings: None
    first: str | None = None


def words_alone(settings: Settings) -> None:
    """Take the characters away: a word is its own vector, an unknown one nothing."""
    settings.tokenizer = "word"
    settings.config = {name: value for name, value in settings.config.items() if not name.startswith("character_")}


def with_crf(settings: Settings) -> None:
    """Let labels follow each other."""
    settings.head = "crf"


JOBS = {
    "upos-en": Job("ud-english-ewt", goal=94.5, known="UDPipe 1.2: 94.43"),
    "upos-en, words alone": Job("ud-english-ewt", recipe="upos-en", change=words_alone),
    "upos-en with CRF": Job("ud-english-ewt", recipe="upos-en", change=with_crf),
    "upos-ko": Job("ud-korean-gsd", goal=95.0, known="Stanza, with vectors: about 96"),
    "ner-wnut17": Job("wnut17", "f1", 30.0, "best of the shared task, with gazetteers: 41.9"),
    "ner-wnut17 after parts of speech": Job(
        "wnut17", "f1", 30.0, "the same", recipe="ner-wnut17", first="ud-english-ewt"
    ),
    "ner-ko": Job("klue-ner-mini", "f1", None, "BERT, on four times the data: 84"),
    "slots": Job("snips-slots", "f1", 92.0, "slot-gated RNN: 88.8"),
    "intents": Job("snips", goal=97.5, known="slot-gated RNN: 97.0"),
    "sentiment-ko": Job("nsmc", goal=86.5, known="BiLSTM + word2vec: 86.5"),
    "questions": Job("trec6", goal=90.0, known="CNN-rand: 91.2"),
    "sentiment-en": Job("sst2", goal=81.0, known="CNN-rand: 82.7"),
    "sentiment-en on reviews": Job("mr", goal=76.5, known="CNN-rand: 76.1", rounds=10, recipe="sentiment-en"),
    "languages": Job("names", goal=80.0),
    "spam": Job("sms-spam", goal=98.5, known="SVM: 97.6"),
    "vowels": Job("japanese-vowels", goal=97.0, known="ESN, LSTM-FCN: 97 to 100"),
}
"""Recipes by name, and what they are without one of their parts; known figures are in %, of the same kind."""


def run(name: str, parts: sets.Parts, seed: int, options: argparse.Namespace) -> dict[str, float]:
    """Train by a recipe, and return its figures on the test part."""
    given = {"seed": str(seed), "use_cpu": "true", "eval_strategy": "no"} | (
        {"max_steps": "2"} if options.quick else {}
    )
    with tempfile.TemporaryDirectory() as folder:
        before = begin(name, seed, options, Path(folder), given)
        files = sets.write_parts(parts, Path(folder))
        output = f"{options.keep or folder}/{name.replace(', ', '-').replace(' ', '-')}-{seed}"
        settings = build_settings(
            None, JOBS[name].recipe or name, [files["train"]], output, given,
            validation=[files["test"]], command=command(name, seed), model=before,
        )  # fmt: skip
        JOBS[name].change(settings)
        result = train(settings, Console(file=io.StringIO()))
    took = {"minutes": result["seconds"] / 60, "processor_minutes": result["cpu_seconds"] / 60}
    return {**result["metrics"], **took, "parameters": result["parameters"]}


def begin(name: str, seed: int, options: argparse.Namespace, folder: Path, given: dict[str, str]) -> str | None:
    """Let the recipe's network learn parts of speech, half as long; return where it is, None where nothing is first."""
    job = JOBS[name]
    if job.first is None:
        return None
    files = sets.write_parts(sets.read(options.data, job.first, seed), folder)
    output, half = str(folder / "first"), {"num_train_epochs": "6", **given}
    settings = build_settings(
        None, job.recipe or name, [files["train"]], output, half, validation=[files["validation"]]
    )  # fmt: skip
    settings.head = "token-classification"
    train(settings, Console(file=io.StringIO()))
    return output


def command(name: str, seed: int) -> str:
    """Return what trains this model again, for its card."""
    job = shlex.quote(name)
    return f"SEQKIT_DATA=FOLDER python benchmarks/recipes.py --only {job} --rounds {seed + 1} --keep models"


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Run a recipe from several seeds, and the baseline on the same parts."""
    job, runs, base = JOBS[name], [], []
    for seed in range(job.rounds or options.rounds):
        parts = sets.read(options.data, job.data, seed)
        if options.quick:
            # The same few in every part: a label that only others have would be refused.
            parts = dict.fromkeys(parts, parts["train"][:: len(parts["train"]) // 40])
        base.append(baseline(parts["train"], parts["test"]))
        runs.append(run(name, parts, seed, options))
        print(f"{name}, seed {seed}: {job.figure} {100 * runs[-1][job.figure]:.2f}", flush=True)
    return {**summary(job, runs, base), **origin(options.threads), "quick": options.quick}


def summary(job: Job, runs: list[dict[str, float]], base: list[dict[str, float]]) -> dict[str, Any]:
    """Return mean and range of the figures in %, the mean of the baseline, size and time."""
    found = [100 * figures[job.figure] for figures in runs]
    result: dict[str, Any] = {"data": job.data, "figure": job.figure, "mean": statistics.mean(found)}
    result |= {"lowest": min(found), "highest": max(found), "deviation": statistics.pstdev(found)}
    result["baseline"] = 100 * statistics.mean(figures[job.figure] for figures in base)
    other = {key for key in ("accuracy", "f1", "f1_macro") if key in runs[0]} - {job.figure}
    result |= {f"mean {key}": 100 * statistics.mean(figures[key] for figures in runs) for key in sorted(other)}
    result |= {key: statistics.mean(figures[key] for figures in runs) for key in ("minutes", "processor_minutes")}
    rounded = {key: round(value, 2) if isinstance(value, float) else value for key, value in result.items()}
    return rounded | {
        "seeds": len(runs),
        "parameters": int(runs[0]["parameters"]),
        "goal": job.goal,
        "known": job.known,
    }


def table(results: dict[str, Any]) -> str:
    """Write all that was measured as a table."""
    lines = [
        "| recipe | data | figure | seqkit | baseline | published | parameters | processor minutes |",
        "|---|---|---|---:|---:|---|---:|---:|",
    ]
    for name in (name for name in JOBS if name in results):
        row = results[name]
        found = f"**{row['mean']:.1f}** ({row['lowest']:.1f} to {row['highest']:.1f})"
        cells = [
            f"`{name}`",
            row["data"],
            row["figure"].replace("_", " "),
            found,
            f"{row['baseline']:.1f}",
            row["known"],
        ]
        cells += [f"{row['parameters']:,}", f"{row['processor_minutes']:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser, given = arguments(__doc__, rounds=3), os.environ.get("SEQKIT_DATA")
    parser.add_argument("--data", type=Path, default=given, help="the folder of the sets")
    parser.add_argument("--only", nargs="+", choices=list(JOBS), help="measure these alone")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder in which the trained models are kept")
    options = parser.parse_args()
    if options.data is None:
        parser.error("give --data FOLDER, or set SEQKIT_DATA")
    for name in options.only or JOBS:
        with threads(options.threads):
            result = measure(name, options)
        kept = options.output / "recipes.json"
        results = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
        results[name] = result
        write(options.output, "recipes", results)
        (options.output / "recipes.md").write_text(table(results), encoding="utf-8")
        print(json.dumps(result, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
