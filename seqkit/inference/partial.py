"""Answers written to a file while they come: an interrupted run goes on where it stopped, and nothing passes for whole.

Beside `answers.jsonl` lie, until it is complete, `answers.jsonl.partial` with the lines so far and
`answers.jsonl.partial.json`, which says what run they belong to.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seqkit.errors import DataError
from seqkit.files import replacing, sync


class PartialFile:
    """A file of JSON lines that has its name once it is complete, and can be gone on with before that.

    Args:
        path: the file that shall be.
        run: what decides its lines (model, data, options), as JSON has it.
        resume: whether to go on with what an interrupted run has left, if it has left anything.

    Attributes:
        kept: lines that the interrupted run has left whole.
        resumed: whether an interrupted run is gone on with.

    Raises:
        DataError: if the file is there already, an interrupted run lies there and is neither to be gone on with, or it
            is another one.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.jsonl"
        >>> with PartialFile(path, {"model": "m"}) as file:
        ...     file.write([{"label": "x"}])
        ...     path.exists()
        False
        >>> path.read_text()
        '{"label": "x"}\\n'
    """

    def __init__(self, path: Path, run: dict[str, Any], resume: bool = False) -> None:
        self.path, self.partial = path, path.with_name(f"{path.name}.partial")
        self.record = path.with_name(f"{path.name}.partial.json")
        self.run = json.loads(json.dumps(run))
        self._check(resume)
        self.resumed = self.partial.exists()
        self.kept = whole_lines(self.partial) if self.resumed else 0
        self.ahead: list[Any] | None = None  # rows that were read to find the place, and are not answered
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self.kept:
            with replacing(self.record) as temporary:
                temporary.write_text(json.dumps(self.run, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def _check(self, resume: bool) -> None:
        """Refuse to overwrite, and to go on with another run's lines."""
        if self.path.exists():
            raise DataError(f"{self.path} exists and is complete. Choose another --output, or remove it first.")
        if not self.partial.exists():
            return
        if not resume:
            raise DataError(
                f"{self.partial} is of a run that was interrupted. Go on with it by --resume, or remove it first."
            )
        saved = read_record(self.record)
        differing = [name for name in self.run | saved if self.run.get(name) != saved.get(name)]
        if differing:
            told = "; ".join(f"{name} is {self.run.get(name)!r}, there {saved.get(name)!r}" for name in differing)
            raise DataError(f"{self.partial} is of another run: {told}. Remove it to begin anew.")

    def truncate(self, lines: int) -> None:
        """Keep so many lines of what the interrupted run has left, and forget the rest."""
        if self.partial.exists():
            cut(self.partial, lines)
        self.kept = lines

    def __enter__(self) -> Self:
        cut(self.partial, self.kept)
        self._file = self.partial.open("a", encoding="utf-8", newline="\n")
        return self

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write rows, and wait until they are on the disk."""
        self._file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        self._file.flush()
        os.fsync(self._file.fileno())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the file its name, unless something went wrong."""
        self._file.close()
        if kind is not None:
            return
        sync(self.partial)
        self.partial.replace(self.path)
        self.record.unlink(missing_ok=True)
        sync(self.path.parent)


def read_record(path: Path) -> dict[str, Any]:
    """Read what run a partial file belongs to; nothing if that cannot be told."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def whole_lines(path: Path) -> int:
    """Count the lines at the beginning of a file that are whole JSON objects, up to the first that is not."""
    count = 0
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n") or not _is_object(line):
                break
            count += 1
    return count


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def cut(path: Path, lines: int) -> None:
    """Cut a file behind so many lines; one that is not there is made."""
    with path.open("ab+") as file:
        file.seek(0)
        for _ in range(lines):
            file.readline()
        file.truncate(file.tell())


def line_at(path: Path, number: int) -> dict[str, Any]:
    """Return line `number` (from 0) of a file of JSON lines."""
    with path.open("rb") as file:
        for _ in range(number):
            file.readline()
        return json.loads(file.readline())
