"""A writing that is cut off in a process of its own: by SIGKILL, by a full disk; and a look at what is left."""

import os
import random
import shutil
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.processes import Child
from tests.faults.writers import Writer

OPERATIONS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "shutil.rmtree"}


@dataclass
class Case:
    """A writer, what it leaves undisturbed, and how it is tried.

    Args:
        name: the writer's.
        writer: the writer.
        folder: an empty folder of its own.
    """

    name: str
    writer: Writer
    folder: Path
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    operations: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.template.mkdir()
        self.writer.before(self.template)
        self.old = self.writer.look(self.template)
        # Here first: what is imported on the way is imported for all processes that follow.
        self.writer.write(self.copy("undisturbed"))
        self.new = self.writer.look(self.folder / "undisturbed")
        assert self.new != self.old, f"{self.name} changes nothing"
        place, started = self.copy("counted"), time.perf_counter()
        done = self.child(lambda: {"operations": counted(lambda: self.writer.write(place), place)}).result()
        assert done, f"{self.name} fails in a process of its own"
        self.seconds, self.operations = time.perf_counter() - started, done["operations"]

    @property
    def template(self) -> Path:
        """What is there before, to be copied."""
        return self.folder / "before"

    def copy(self, name: str) -> Path:
        """Return a fresh copy of what is there before."""
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.template, place)
        return place

    def child(self, work: Any) -> Child:
        return Child(work, self.folder / "answer")

    def look(self, place: Path) -> dict[str, Any]:
        """Look at what is left, in a process of its own; `parts`, or `error`."""

        def work() -> dict[str, Any]:
            try:
                return {"parts": self.writer.look(place)}
            except Exception as error:
                return {"error": f"{type(error).__name__}: {error}"}

        return self.child(work).result() or {"error": "the look itself ended"}

    def kill(self, dice: random.Random) -> tuple[bool, str]:
        """Kill it once, at an operation on files or at any time; return whether it was, and what is wrong then."""
        place = self.copy("cut")
        if dice.random() < 0.7:
            number = dice.randrange(1, self.operations + 1)
            child = self.child(lambda: {"operations": counted(lambda: self.writer.write(place), place, number)})
        else:
            child = self.child(lambda: {"done": self.writer.write(place) is None})
            time.sleep(dice.uniform(0, self.seconds))
            child.kill()
        return child.killed, self.judge(place)

    def judge(self, place: Path) -> str:
        """Say what is wrong with what is left, and with what comes of writing again; "" if nothing is."""
        left = self.look(place)
        if "error" in left:
            return left["error"]
        if not self.between(left["parts"]):
            return f"{left['parts']} is neither {self.old} nor {self.new}"[:600]
        if left["parts"] == self.new:
            return ""
        self.child(lambda: {"done": (self.writer.again or self.writer.write)(place) is None}).result()
        return "" if self.look(place).get("parts") == self.new else "writing again gives something else"

    def between(self, parts: list[str]) -> bool:
        """Tell whether each part is what it was or what it shall be."""
        if len(self.old) != len(self.new):
            return parts in (self.old, self.new)
        return len(parts) == len(self.old) and all(map(lambda *three: three[0] in three[1:], parts, self.old, self.new))


def counted(work: Any, folder: Path, deadly: int = 0) -> int:
    """Do something and count its operations on files of a folder; at number `deadly` the process kills itself."""
    count = [0]

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in OPERATIONS and str(args[0]).startswith(str(folder)):
            count[0] += 1
            if count[0] == deadly:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    work()
    return count[0]
