"""Everything that writes is killed by SIGKILL: what was there is whole, and to do it again gives all of it.

Trainings and their checkpoints have a battery of their own, `tests.faults.kill`.
"""

import random
import tempfile
from pathlib import Path

from tests.faults.battery import Counts, Tally
from tests.faults.cut import Case
from tests.faults.pushed import pushed
from tests.faults.training import quiet
from tests.faults.writers import WRITERS

FULL = 200
UNIT = "kills"


def run(count: int, seed: int = 0) -> Counts:
    """Kill so many times, each writer in turn."""
    quiet()
    tally, dice, killed = Tally(), random.Random(seed), 0
    with tempfile.TemporaryDirectory() as folder, pushed() as push:
        writers = {**WRITERS, "push": push}
        cases = [Case(name, writer, make(Path(folder) / name)) for name, writer in list(writers.items())[:count]]
        while killed < count:
            case = cases[killed % len(cases)]
            was_killed, wrong = case.kill(dice)
            if not was_killed:  # It may have ended before its time came.
                continue
            killed += 1
            tally.wrong(f"{case.name}, kill {killed} of seed {seed}: {wrong}") if wrong else tally.right(case.name)
    return tally.counts()


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder
