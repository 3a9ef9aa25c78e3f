"""What a power cut leaves is what was synced: all that is written is on the disk before it has its name."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.faults.battery import Counts, Tally
from tests.faults.cut import Case
from tests.faults.lines.crashes import make
from tests.faults.training import quiet
from tests.faults.writers import WRITERS

FULL = len(WRITERS)
UNIT = "writers"

OPEN_FOR_WRITING = os.O_WRONLY | os.O_RDWR


def run(count: int, seed: int = 0) -> Counts:
    """Follow the calls of each writer; Linux alone tells which file a handle is of."""
    quiet()
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        for name, writer in list(WRITERS.items())[:count]:
            case = Case(name, writer, make(Path(folder) / name))
            place = case.copy("followed")
            found = case.child(lambda: {"wrong": followed(case, place)}).result() or {"wrong": "it failed"}  # noqa: B023
            tally.wrong(f"{name}: {found['wrong']}") if found["wrong"] else tally.right("in order")
    return tally.counts()


def followed(case: Case, place: Path) -> str:
    """Write, and say what was out of order; in a process that is thrown away."""
    trace = Trace(place)
    case.writer.write(place)
    new = [path for path in place.rglob("*") if path.is_file() and path.stat().st_ino not in trace.before]
    unsynced = [str(path.relative_to(place)) for path in new if path.stat().st_ino not in trace.synced]
    wrong = [f"{', '.join(unsynced)} not synced"] * bool(unsynced) + trace.wrong
    return "; ".join(wrong)


class Trace:
    """Follows openings, syncs and moves in a folder."""

    def __init__(self, place: Path) -> None:
        self.place, self.synced, self.wrong, self.real = place, set(), [], os.fsync
        self.old = {str(path) for path in place.rglob("*") if path.is_file()}
        self.before = {path.stat().st_ino for path in place.rglob("*")}
        os.fsync = self.fsync
        sys.addaudithook(self.hook)

    def fsync(self, handle: int) -> None:
        self.real(handle)
        self.synced.add(os.fstat(handle).st_ino)

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and str(args[0]) in self.old and args[2] & OPEN_FOR_WRITING:
            self.wrong.append(f"{Path(str(args[0])).name} is written over in place")
        if event == "os.rename" and str(args[1]).startswith(str(self.place)):
            source = Path(str(args[0]))
            moved = [source, *source.rglob("*")] if source.is_dir() else [source]
            late = [path.name for path in moved if path.stat().st_ino not in self.synced | self.before]
            self.wrong += [f"{source.name} is moved before {', '.join(late)} is on the disk"] * bool(late)
