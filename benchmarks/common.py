"""What the benchmarks share: things run in turn, ratios as medians, and results that say where they come from."""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import torch
import transformers

RESULTS = Path(__file__).parent / "results"

Runs = dict[str, Callable[[], Any]]
Times = dict[str, list[float]]


def arguments(description: str | None, rounds: int) -> argparse.ArgumentParser:
    """Begin the command line that every benchmark has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs, its figures say nothing")
    parser.add_argument("--rounds", type=int, default=rounds, help=f"how often all are run in turn (default {rounds})")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    return parser


def in_turn(runs: Runs, rounds: int, warmup: int = 1, clock: Callable[[], float] = time.perf_counter) -> Times:
    """Time several things in turn, so that what else the machine does falls on all of them alike.

    Args:
        runs: what to run, by name.
        rounds: how often each is timed.
        warmup: how often each is run before, untimed.
        clock: what is looked at; for what runs on one thread `time.process_time` counts its own work alone.

    Returns:
        Seconds of every round, by name; by default those on the wall.
    """
    for _ in range(warmup):
        for run in runs.values():
            run()
    times: Times = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            started = clock()
            run()
            times[name].append(clock() - started)
    return times


def times_faster(times: Times, fast: str, slow: str) -> float:
    """Return how many times faster one is than another: the median of the ratios of the same rounds."""
    return round(statistics.median(s / f for s, f in zip(times[slow], times[fast], strict=True)), 3)


def speeds(times: Times, tokens: int) -> dict[str, int]:
    """Return tokens per second by name, from the median time of a run of so many tokens."""
    return {name: round(tokens / statistics.median(values)) for name, values in times.items()}


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def origin(count: int, seed: int = 0) -> dict[str, Any]:
    """Say where figures come from.

    Args:
        count: threads.
        seed: the seed that everything random began with.
    """
    machine = f"{processor()}, {os.cpu_count()} cores, {count} thread(s)"
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}"
    return {"machine": f"{machine}, {versions}", "date": date.today().isoformat(), "seed": seed}


def processor() -> str:
    """Return the processor's name where the system tells it, else its kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def write(folder: Path, name: str, result: dict[str, Any]) -> None:
    """Write a result as JSON; half a file is never seen."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.json.part"
    part.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(folder / f"{name}.json")
