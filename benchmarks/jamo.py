"""Jamo, characters and words as tokens of Korean: what is unknown, how long texts become, how fast, and how it learns.

    SEQKIT_DATA=FOLDER python benchmarks/jamo.py [--data FOLDER] [--only coverage speed tasks] [--epochs 6] [--rounds 3]

The folder holds nsmc/ (Naver sentiment movie corpus) and ud-korean-gsd/ (Universal Dependencies) as they are published.
The tokenizers learn from the training part of each and read its test part. Then taggers and classifiers are trained by
the recipes of `seqkit train`, one of each tokenizer and seed. Prints a table, and writes benchmarks/results/jamo.json
and jamo.md. The rounds differ in their seed.
"""

import argparse
import io
import json
import os
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from common import arguments, in_turn, origin, threads, times_faster, write
from rich.console import Console

from seqkit.data import read_dataset
from seqkit.plugins import get
from seqkit.training.session import train
from seqkit.training.settings import build_settings

NSMC, UD = "nsmc/ratings_{}.txt", "ud-korean-gsd/ko_gsd-ud-{}.conllu"
SIZES = (1_000, 10_000, 100_000)
NAMES = ("char", "jamo")
PARTS = ("coverage", "speed", "tasks")


def reviews(folder: Path, part: str, count: int | None) -> list[tuple[str, str]]:
    """Return the first reviews of NSMC with their labels; empty ones are left out."""
    lines = (folder / NSMC.format(part)).read_text(encoding="utf-8").split("\n")[1:]
    rows = [(cells[1], cells[2]) for line in lines if len(cells := line.split("\t")) == 3 and cells[1].strip()]
    return rows[:count]


def unknown_syllables(tokenizer: Any, texts: list[str]) -> int:
    """Count the Hangul syllables of texts that a tokenizer does not know."""
    counts = Counter(character for text in texts for character in text if "가" <= character <= "힣")
    rows = zip(counts, tokenizer(list(counts))["input_ids"], strict=True)
    return sum(counts[syllable] for syllable, ids in rows if tokenizer.unk_token_id in ids)


def coverage(train_texts: Iterable[str], test_texts: list[str], size: str) -> list[dict[str, Any]]:
    """Train both tokenizers; return what each makes of other texts."""
    rows, texts, characters = [], list(train_texts), sum(map(len, test_texts))
    for name in NAMES:
        tokenizer = get("tokenizers", name).train(texts)
        ids = tokenizer(test_texts)["input_ids"]
        whole = [tokenizer.decode(row) == text for row, text in zip(ids, test_texts, strict=True)]
        row = {"trained on": size, "tokenizer": name, "vocabulary": len(tokenizer)}
        row["unknown syllables"] = unknown_syllables(tokenizer, test_texts)
        row["unknown characters"] = sum(row.count(tokenizer.unk_token_id) for row in ids)
        row["of characters"] = characters
        row["texts that come back (%)"] = round(100 * sum(whole) / len(whole), 2)
        row["tokens per character"] = round(sum(map(len, ids)) / characters, 3)
        rows.append(row)
    return rows


def speed(texts: list[str], rounds: int) -> dict[str, Any]:
    """Measure how fast both tokenizers encode, on one core, and decode."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    made = {name: get("tokenizers", name).train(texts) for name in NAMES}
    encoded = {name: tokenizer(texts)["input_ids"] for name, tokenizer in made.items()}
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    found = {}
    for what, runs in {
        "encode": {name: lambda t=tokenizer: t(texts) for name, tokenizer in made.items()},
        "decode": {name: lambda n=name, t=tokenizer: t.batch_decode(encoded[n]) for name, tokenizer in made.items()},
    }.items():
        times = in_turn(runs, rounds)
        found[what] = {name: round(megabytes / statistics.median(values), 2) for name, values in times.items()}
        found[what]["char times faster"] = times_faster(times, "char", "jamo")
    return found


def learn(task: str, files: tuple[Path, Path], name: str, options: dict[str, str], seed: int) -> float:
    """Train by the task's recipe and return the accuracy on the test file."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = {"seed": str(seed), "eval_strategy": "no", "hidden_size": "64", **options}
        columns = {"label_column": "upos"} if task == "token-classification" else {}
        settings = build_settings(
            task, None, [str(files[0])], f"{folder}/model", chosen,
            validation=[str(files[1])], tokenizer=name, command="benchmarks/jamo.py", **columns,
        )  # fmt: skip
        return float(train(settings, Console(file=io.StringIO()))["metrics"]["accuracy"])


def as_file(path: Path, rows: list[tuple[str, str]]) -> Path:
    """Write reviews as a table that `seqkit train` reads."""
    path.write_text("".join(f"{line}\n" for line in ["text\tlabel", *map("\t".join, rows)]), encoding="utf-8")
    return path


def tasks(folder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Train a tagger and a classifier with each tokenizer from several seeds; return rows of a table."""
    rows = []
    with tempfile.TemporaryDirectory() as made:
        parts = {part: reviews(folder, name, options.reviews) for part, name in options.parts.items()}
        nsmc = tuple(as_file(Path(made) / f"{part}.tsv", found) for part, found in parts.items())
        tagged = tuple(folder / UD.format("dev" if options.quick else part) for part in ("train", "test"))
        for task, files in (("token-classification", tagged), ("sequence-classification", nsmc)):
            for name in ("word", *NAMES):
                epochs = {"num_train_epochs": str(options.epochs)}
                found = [100 * learn(task, files, name, epochs, seed) for seed in range(options.rounds)]
                row = {"task": task, "tokenizer": name, "accuracy": round(statistics.mean(found), 2)}
                rows.append(row | {"lowest": round(min(found), 2), "highest": round(max(found), 2)})
                print(rows[-1], flush=True)
    return rows


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Write rows as a table."""
    shown = [[f"{cell:,}" if isinstance(cell, int | float) else cell for cell in row.values()] for row in rows]
    numbers = ["---:" if isinstance(cell, int | float) else "---" for cell in rows[0].values()]
    return [f"| {' | '.join(cells)} |" for cells in (list(rows[0]), numbers, *shown)]


def page(result: dict[str, Any]) -> str:
    """Write all figures with what stands behind them."""
    fast = result["speed"]
    slower = [f"{what} {fast[what]['char times faster']:.2f}" for what in ("encode", "decode")]
    text = (
        "First the test parts, as tokenizers of characters and of jamo read them. Then the accuracy in %: recipes of "
        f"`seqkit train` with 64 units, {result['epochs']} epochs, mean and range of {result['rounds']} seeds, "
        f"on the words of UD Korean-GSD's test part, and on {result['reviews']:,} reviews of NSMC after as many."
    )
    cost = f"Times as long as with characters, on one core: {', '.join(slower)}. {result['machine']}, {result['date']}."
    lines = [*table(result["coverage"]), "", *table(result["tasks"]), "", text, "", cost, ""]
    return "\n".join(lines)


def words(path: Path) -> list[str]:
    """Return the words of a tagged file."""
    rows = read_dataset(str(path), task="token-classification", label_column="upos")["tokens"]
    return [word for row in rows for word in row]


def coverages(folder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Compare what is unknown in the test parts, of NSMC for each size of the training part."""
    known, new = (reviews(folder, part, SIZES[-1]) for part in (options.parts["train"], "test"))
    texts = [text for text, _ in new[: 1_000 if options.quick else None]]
    rows = []
    for size in SIZES[: 1 if options.quick else None]:
        rows += coverage((text for text, _ in known[:size]), texts, f"NSMC, {size:,} reviews")
    tagged = [words(folder / UD.format(part)) for part in ("train", "test")]
    return rows + coverage(*tagged, "UD Korean-GSD, its words")


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser, given = arguments(__doc__, rounds=3), os.environ.get("SEQKIT_DATA")
    parser.add_argument("--data", type=Path, default=given, help="the folder of nsmc/ and ud-korean-gsd/")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="measure this anew, and keep the rest of jamo.json")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--reviews", type=int, default=5_000, help="to train on, and as many to be judged on")
    options = parser.parse_args()
    if options.data is None:
        parser.error("give --data FOLDER, or set SEQKIT_DATA")
    # The official sample of the training part, or the one that was drawn again from the same reviews.
    rebuilt = (options.data / NSMC.format("train.rebuilt")).exists()
    options.parts = {"train": "train.rebuilt" if rebuilt else "train", "test": "test"}
    if options.quick:
        options.epochs, options.reviews = 1, 60
    return options


def main() -> None:
    options = read_options()
    parts = {
        "coverage": lambda: coverages(options.data, options),
        "speed": lambda: speed([text for text, _ in reviews(options.data, "test", 10_000)], 2 * options.rounds + 1),
        "tasks": lambda: tasks(options.data, options),
    }
    kept = options.output / "jamo.json"
    result: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if options.only and kept.exists() else {}
    for name in options.only or parts:
        with threads(1):
            result[name] = parts[name]()
        print(name, result[name], flush=True)
        result |= {name: getattr(options, name) for name in ("epochs", "reviews", "rounds", "quick")} | origin(1)
        write(options.output, "jamo", result)
    if result.keys() >= parts.keys():
        (options.output / "jamo.md").write_text(page(result), encoding="utf-8")
        print(page(result))


if __name__ == "__main__":
    main()
