"""What the head of seqkit-crf adds to a tagger: the same recipe and seeds, with the built-in head and with `crf`.

    python benchmarks/crf.py --data TRAIN DEV TEST [--name WNUT-17] [--epochs 10] [--rounds 3]

The files are CoNLL with BIO tags. Both taggers are those of `seqkit train --task token-classification`, words in lower
case, and are judged on TEST: F1 of whole entities, accuracy of words, and how many of a hundred sentences have tags
that are no spans (an I- that continues nothing). Prints a table, and writes benchmarks/results/crf.json and crf.md.
"""

import argparse
import hashlib
import statistics
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from common import arguments, origin, threads, write
from rich.console import Console

from seqkit.cli.loading import load_model, load_tokenizer, quiet
from seqkit.data import read_dataset
from seqkit.inference import Labeller
from seqkit.training.evaluation import evaluate
from seqkit.training.session import train
from seqkit.training.settings import build_settings

TASK = "token-classification"
HEADS = (TASK, "crf")
FIGURES = ("f1", "accuracy", "broken", "seconds")
TITLES = ("head", "F1", "accuracy", "broken sentences of 100", "seconds of training")


def toy(folder: Path) -> list[Path]:
    """Write three tiny files, to show that the script runs."""
    files = [folder / name for name in ("train", "dev", "test")]
    for file in files:
        file.write_text("new B-place\nyork I-place\nis O\nfar O\n\nyork B-place\nis O\nold O\n\n" * 10)
    return files


def broken(tags: list[str]) -> bool:
    """Tell whether an I- continues no span of its kind."""
    return any(tag.startswith("I-") and before not in (tag, f"B-{tag[2:]}") for before, tag in pairwise(["O", *tags]))


def run(head: str, seed: int, files: list[Path], options: argparse.Namespace) -> dict[str, float]:
    """Train one tagger and judge it on the test file."""
    given = {"use_cpu": "true", "seed": str(seed), "num_train_epochs": str(options.epochs), "eval_strategy": "no"}
    with tempfile.TemporaryDirectory() as name:
        folder = f"{name}/model"
        settings = build_settings(TASK, None, [str(files[0])], folder, given, head=head, validation=[str(files[1])])
        settings.tokenizer_options["lowercase"] = True
        result = train(settings, Console(quiet=True))
        model, tokenizer = load_model(folder), load_tokenizer(folder)
        rows = read_dataset([str(files[2])], task=TASK)
        figures = evaluate(model, tokenizer, TASK, rows, 64).figures
        tags = [answer["labels"] for answer in Labeller(model, tokenizer, 64)(rows["tokens"])]
    share = 100 * statistics.mean(map(broken, tags))
    return {"f1": figures["f1"], "accuracy": figures["accuracy"], "broken": share, "seconds": result["cpu_seconds"]}


def summary(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each figure, and the lowest and highest F1."""
    means = {name: statistics.mean(run[name] for run in runs) for name in FIGURES}
    spread = [run["f1"] for run in runs]
    return {name: round(value, 4) for name, value in (means | {"lowest": min(spread), "highest": max(spread)}).items()}


def table(result: dict[str, Any]) -> str:
    """Write the figures as a table with what stands behind them."""
    lines = [f"| {' | '.join(TITLES)} |", "|---|" + "---:|" * (len(TITLES) - 1)]
    for head, row in result["heads"].items():
        f1 = f"{row['f1']:.3f} ({row['lowest']:.3f} to {row['highest']:.3f})"
        lines.append(f"| `{head}` | {f1} | {row['accuracy']:.3f} | {row['broken']:.1f} | {row['seconds']:.0f} |")
    text = (
        f"Test part of {result['data']}: mean (lowest to highest) of {result['rounds']} seeds, {result['epochs']} "
        f"epochs of the recipe `tagger`, words in lower case, seconds of processor time. {result['machine']}, "
        f"{result['date']}."
    )
    return "\n".join([*lines, "", text, ""])


def main() -> None:
    parser = arguments(__doc__, rounds=3)
    parser.add_argument("--data", type=Path, nargs=3, metavar=("TRAIN", "DEV", "TEST"), help="CoNLL files, BIO tags")
    parser.add_argument("--name", default="WNUT-17", help="what the table calls the data")
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    if not (options.data or options.quick):
        parser.error("name three files with --data, or show with --quick that it runs")
    quiet()
    with tempfile.TemporaryDirectory() as name, threads(1):
        files = options.data or toy(Path(name))
        options.name = options.name if options.data else "three toy sentences"
        digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
        heads: dict[str, Any] = {head: [] for head in HEADS}
        for seed in range(options.rounds):
            for head, runs in heads.items():
                runs.append(run(head, seed, files, options))
                print(head, seed, runs[-1], flush=True)
    result = {"heads": {head: summary(runs) for head, runs in heads.items()}, "runs": heads}
    result |= {"data": options.name, "sha256": digest, "epochs": options.epochs, "rounds": options.rounds}
    result |= {"quick": options.quick} | origin(1)
    write(options.output, "crf", result)
    (options.output / "crf.md").write_text(table(result), encoding="utf-8")
    print(table(result))


if __name__ == "__main__":
    main()
