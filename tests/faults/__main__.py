"""Runs the battery of faults in full, prints what each line found, and keeps it in `benchmarks/results/faults.json`.

python -m tests.faults                        all lines, in full; hours
python -m tests.faults configs --count 200    one line, shorter
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported: it reads these once
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from rich.console import Console
from transformers.utils import logging

from benchmarks.common import RESULTS, origin, write
from tests.faults import battery

NAME = "faults"


def keep(folder: Path, line: str, counts: battery.Counts, seed: int) -> None:
    """Put a line's counts beside those of the other lines, each with where and when it was found."""
    path = folder / f"{NAME}.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    write(folder, NAME, dict(sorted({**known, line: {**counts, **origin(1, seed)}}.items())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", nargs="*", metavar="LINE", help=f"default: all of {', '.join(battery.names())}")
    parser.add_argument("--count", type=int, help="how many cases; default: each line's full number")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    console, failed = Console(), 0
    for name in options.lines or battery.names():
        counts = battery.run(name, options.count, options.seed)
        keep(options.output, name, counts, options.seed)
        failed += len(counts["failures"])
        console.print(f"[bold]{name}[/bold]  " + ", ".join(f"{key} {value}" for key, value in battery.shown(counts)))
        for failure in counts["failures"]:
            console.print(f"  [red]{name}[/red]", failure, markup=False)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
