"""A disk that is full while something is written: one clear error, what was there is whole, and room mends it."""

import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.battery import Counts, Tally
from tests.faults.cut import Case
from tests.faults.lines.crashes import make
from tests.faults.training import quiet
from tests.faults.writers import WRITERS

FULL = 50 * len(WRITERS)
UNIT = "full disks"

SIZE, ROOM = 4_000_000, 200_000
"""Bytes of the disk, and the most that is left on it."""


def run(count: int, seed: int = 0) -> Counts:
    """Let each writer write, in turn, onto disks with less and less room; needs root, who may mount them."""
    quiet()
    tally, dice = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        cases = [Case(name, writer, make(Path(folder) / name)) for name, writer in list(WRITERS.items())[:count]]
        for number in range(count):
            case = cases[number % len(cases)]
            left = 4096 * dice.randrange(ROOM // 4096)
            outcome, wrong = fill(case, left)
            told = f"{case.name} with {left:,} bytes left (number {number} of seed {seed}): {wrong}"
            tally.wrong(told) if wrong else tally.right(outcome)
    return tally.counts()


def fill(case: Case, left: int) -> tuple[str, str]:
    """Write onto a disk with so much room; return what came of it, and what is wrong with that."""
    with small_disk(case.folder / "disk") as disk:
        place = disk / "place"
        shutil.copytree(case.template, place)
        fill_up(disk / "filling", left)
        child = case.child(lambda: outcome_of(case, place))
        answer = child.result()
        if answer is None:
            return "", f"the process ended by signal or status {child.status}"
        (disk / "filling").unlink()
        wrong = case.judge(place)
        return answer["outcome"], wrong or answer["wrong"]


def outcome_of(case: Case, place: Path) -> dict[str, Any]:
    """Write, and say what came of it; an error must tell what is wrong with the disk."""
    try:
        case.writer.write(place)
    except Exception as error:
        told = str(error)
        clear = any(word in told for word in ("No space left", "os error 28", "could not be saved", "MB are free"))
        return {"outcome": "told", "wrong": "" if clear else f"unclear: {type(error).__name__}: {told[:200]}"}
    return {"outcome": "written", "wrong": ""}


def fill_up(path: Path, left: int) -> None:
    """Fill a disk but for so many bytes."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(file.tell() - left)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a small disk, in memory."""
    folder.mkdir(exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], check=True, capture_output=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
