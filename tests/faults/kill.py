"""Kills a training with SIGKILL at random points, goes on from its checkpoints, and compares it with one left alone.

    python -m tests.faults.kill --kills 200

Points are of three kinds, in turn: at a time within a save; at an operation on files (an opening, a move, a deletion),
where the process kills itself; and at any time. A training that goes on must begin at the newest complete checkpoint,
name the save that was cut off, and end with the weights, the optimiser, the carried state and the random state of the
training left alone, bit for bit.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, origin, write
from seqkit.errors import CheckpointError
from seqkit.manifest import verify
from seqkit.training import RNNTrainer
from seqkit.training.resuming import STAGING, checkpoints, step_of
from tests.faults.processes import Processes
from tests.faults.training import EVERY, STEPS, StockCheckpoints, quiet, run

OPERATIONS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"}
PER_SAVE = 45
"""File operations that Python sees in a save."""


class Battery:
    """A training left alone, and others that are killed.

    Args:
        folder: where they are run.
        kind: the trainer's class.
        seed: for the points.
        processes: how many train together.
    """

    def __init__(self, folder: Path, kind: type[RNNTrainer] = RNNTrainer, seed: int = 0, processes: int = 1) -> None:
        self.folder, self.kind, self.random, self.processes = folder, kind, random.Random(seed), processes
        started = time.perf_counter()
        whole = self.train(folder / "whole").result()
        assert whole, "the training fails even when nobody disturbs it"
        self.whole = whole
        self.seconds = time.perf_counter() - started

    def train(self, folder: Path, resume: bool = False, before: Callable[[], None] = lambda: None) -> Processes:
        """Start a training in processes of its own."""

        def work() -> dict[str, Any]:
            before()
            return run(folder, resume, self.kind)

        return Processes(work, self.folder / "answer", self.processes)

    def kill(self, number: int) -> dict[str, Any]:
        """Kill one training and go on with it; tell what was there, and what came of it."""
        points = (self.within_a_save, self.at_an_operation, self.at_any_time)
        folder, killed = self.folder / "killed", False
        while not killed:  # A training may have ended before its time came.
            shutil.rmtree(folder, ignore_errors=True)
            killed = points[number % len(points)](folder).killed
        found = checkpoints(folder / STAGING) + checkpoints(folder)
        complete = [path for path in found if is_complete(path)]
        cut_off = [path for path in found if path not in complete]
        results = self.train(folder, resume=True).result() or []
        first = results[0]["first"] if results else None
        warnings = [line for result in results for line in result["warnings"]]
        return {
            "resumed": bool(results),
            "equal": ends(results, first) == ends(self.whole, first),
            "from_the_newest": bool(complete) and first == max(map(step_of, complete)),
            "cut_off": bool(cut_off),
            "cut_off_under_its_name": any(path.parent == folder for path in cut_off),
            "named": all(any(str(path) in line for line in warnings) for path in cut_off),
            "lacked_only_the_move": any(path.parent != folder for path in complete),
        }

    def at_any_time(self, folder: Path) -> Processes:
        """Kill after the first checkpoint."""
        child = self.train(folder)
        child.wait_for(folder / f"checkpoint-{EVERY}")
        time.sleep(self.random.uniform(0, 0.8 * self.seconds))
        child.kill()
        return child

    def within_a_save(self, folder: Path) -> Processes:
        """Kill while a later checkpoint is written, or has just been."""
        child, name = self.train(folder), f"checkpoint-{EVERY * self.random.randrange(2, STEPS // EVERY)}"
        child.wait_for(folder / STAGING / name, folder / name)  # transformers' own begin under their names
        time.sleep(self.random.uniform(0, self.whole[0]["save_seconds"]))
        child.kill()
        return child

    def at_an_operation(self, folder: Path) -> Processes:
        """Let it kill itself before an operation on files that follows the first checkpoint."""
        number = self.random.randrange(1, PER_SAVE * (STEPS // EVERY - 2))
        return self.train(folder, before=lambda: die_at(number, folder))


def ends(results: list[dict[str, Any]], first: int | None) -> list[tuple[str, ...]]:
    """Return what must be equal, of each process; none of no results.

    After the last step nothing is left to be trained, and no state is read any more.
    """
    parts = ("weights",) if first == STEPS else ("weights", "state")
    return [tuple(result[part] for part in parts) for result in results]


def die_at(number: int, folder: Path) -> None:
    """Let the first process kill itself before the so-manieth operation on a folder that holds a checkpoint."""
    if os.environ.get("RANK", "0") != "0":
        return
    left, first = [number], folder / f"checkpoint-{EVERY}"

    def count(event: str, args: tuple[Any, ...]) -> None:
        if event in OPERATIONS and str(args[0]).startswith(str(folder)) and (left[0] < number or first.exists()):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def is_complete(checkpoint: Path) -> bool:
    """Tell whether a checkpoint is whole."""
    try:
        verify(checkpoint)
    except CheckpointError:
        return False
    return True


def battery(kills: int, kind: type[RNNTrainer], seed: int, processes: int) -> dict[str, Any]:
    """Kill so many trainings; count what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        runs = Battery(Path(folder), kind, seed, processes)
        outcomes = [runs.kill(number) for number in range(kills)]
    for number, outcome in enumerate(outcomes):
        if not (outcome["equal"] and outcome["named"]):
            print(f"kill {number} of seed {seed}: {outcome}", file=sys.stderr)
    counts = {name: sum(outcome[name] for outcome in outcomes) for name in outcomes[0]}
    cut_off = [outcome for outcome in outcomes if outcome["cut_off"]]
    counts["named"] = sum(outcome["named"] for outcome in cut_off)
    return {"kills": kills, **counts, "steps": STEPS, "saves": STEPS // EVERY, "seconds": time.perf_counter() - started}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1, help="how many train together (default 1)")
    parser.add_argument("--stock", action="store_true", help="transformers' own checkpoints, to see that it finds them")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the result")
    options = parser.parse_args()
    quiet()
    kind, name = (StockCheckpoints, "kill-stock") if options.stock else (RNNTrainer, "kill")
    name += f"-{options.processes}-processes" if options.processes > 1 else ""
    result = battery(options.kills, kind, options.seed, options.processes)
    if options.stock:  # without a manifest nobody can count what was complete
        result = {name: result[name] for name in ("kills", "resumed", "equal", "steps", "saves", "seconds")}
    write(options.output, name, {**result, "processes": options.processes, **origin(1, options.seed)})
    print(result)


if __name__ == "__main__":
    main()
