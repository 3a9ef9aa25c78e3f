"""`seqkit predict` on large files: time and peak memory of the whole process, and of a document of any length.

    python benchmarks/predict.py [--lines 100000 1000000] [--words 10000 100000 1000000]

A small classifier (GRU of 64 units, in both directions) answers files of short lines, through the command line, one
process a file; a tagger (forwards, and in both directions) tags one document of so many words as a stream. The networks
are not trained: that changes no time. Writes benchmarks/results/predict.json and predict.md.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from common import arguments, origin, write

from seqkit import RNNConfig, RNNForSequenceClassification, RNNForTokenClassification, WordTokenizer

WORDS = [f"{a}{b}{c}" for a in "bdgklmnprst" for b in "aeiou" for c in ("n", "r", "s", "")]

TAGGING = """
import sys
from seqkit.cli.loading import load_model, load_tokenizer
from seqkit.inference import Labeller, tag_stream
labeller = Labeller(load_model(sys.argv[1]), load_tokenizer(sys.argv[1]))
words = sys.argv[3:]
print(sum(1 for _ in tag_stream(labeller, (words[n * n % len(words)] for n in range(int(sys.argv[2]))))))
"""


def save(folder: Path, head: type, **fields: Any) -> str:
    """Save a small network with its tokenizer."""
    tokenizer = WordTokenizer.train([" ".join(WORDS)])
    config = RNNConfig(cell="gru", vocab_size=len(tokenizer), hidden_size=64, num_labels=5, **fields)
    head(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def lines(path: Path, count: int) -> str:
    """Write lines of 3 to 15 words."""
    chance = random.Random(0)
    with path.open("w") as file:
        for _ in range(count):
            file.write(" ".join(chance.choices(WORDS, k=chance.randint(3, 15))) + "\n")
    return str(path)


def measured(words: list[str]) -> dict[str, float]:
    """Run a command on one thread; return its seconds and its greatest memory in MB."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    started = time.perf_counter()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words[:6])} ended with {process.returncode}")
    seconds = time.perf_counter() - started
    cpu = usage.ru_utime + usage.ru_stime
    return {"seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "peak_mb": round(usage.ru_maxrss / 1024)}


def table(result: dict[str, Any]) -> str:
    """Write the figures as a table with what stands behind them."""
    text = [
        "| what | count | seconds | processor seconds | a processor second | peak memory in MB |",
        "|---|" + "---:|" * 5,
    ]
    for row in result["runs"]:
        speed = row["count"] / row["cpu_seconds"]
        text.append(
            f"| {row['what']} | {row['count']:,} | {row['seconds']:,.0f} | {row['cpu_seconds']:,.0f} | {speed:,.0f} | "
            f"{row['peak_mb']:,} |"
        )
    return "\n".join([*text, "", f"{result['machine']}, {result['date']}.", ""])


def keep(runs: list[dict[str, Any]], options: Any) -> None:
    """Write what was measured so far: the whole takes long, and may be stopped."""
    print(runs[-1], flush=True)
    result = {"runs": runs, "quick": options.quick} | origin(1)
    write(options.output, "predict", result)
    (options.output / "predict.md").write_text(table(result), encoding="utf-8")


def main() -> None:
    parser = arguments(__doc__, rounds=1)
    parser.add_argument("--lines", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--words", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    options = parser.parse_args()
    if options.quick:
        options.lines, options.words = [500], [500]
    torch.manual_seed(0)
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        classifier = save(folder / "classifier", RNNForSequenceClassification, bidirectional=True)
        for count in options.lines:
            data, output = lines(folder / "a.txt", count), folder / f"{count}.jsonl"
            words = [sys.executable, "-m", "seqkit", "predict", classifier, "--data", data, "--output", str(output)]
            runs.append({"what": "lines of a file", "count": count, **measured(words)})
            keep(runs, options)
            assert sum(1 for _ in output.open()) == count
        for both in (False, True):
            tagger = save(folder / f"tagger-{both}", RNNForTokenClassification, bidirectional=both)
            what = f"words of one document, {'both directions' if both else 'forwards'}"
            for count in options.words:
                words = [sys.executable, "-c", TAGGING, tagger, str(count), *WORDS]
                runs.append({"what": what, "count": count, **measured(words)})
                keep(runs, options)
    print((options.output / "predict.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
