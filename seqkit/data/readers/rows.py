"""Rows without labels, read while they are used: a file of any size takes the memory of one row."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqkit.data.readers import stored
from seqkit.data.readers.columns import Column
from seqkit.data.readers.files import KNOWN, open_file
from seqkit.data.readers.values import check_of
from seqkit.data.tasks import Task, check_task
from seqkit.errors import DataError

_CHUNK = 1 << 20


class Place(NamedTuple):
    """A row, and how far it lies in all sources: `position` of `Rows.total` lines."""

    position: int
    value: Any


class Rows:
    """The texts, lists of words or series of vectors, of one source or several, one behind the other.

    Nothing but the row at hand is in memory, except of a `.json` file that is one array. Saved folders and hub data
    sets stay on disk, as `datasets` keeps them.

    Args:
        paths: files, folders saved by `datasets`, or names on the hub.
        task: `"sequence-classification"` or `"seq2seq"` for texts, `"token-classification"` for lists of words,
            `"series-classification"` or `"series-to-text"` for series of vectors (T, N).
        text_column: the column of texts or words; None looks for a usual name.
        split: of saved folders and hub data sets. Default `"train"`.
        width: numbers of a step N that whoever reads the series takes; None takes those of each source's first row.

    Raises:
        DataError: a source is missing, empty or not text; a malformed row is told, with its line, when it is read.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "a.txt"
        >>> _ = file.write_text("one\\ntwo\\n")
        >>> rows = Rows([file], task="sequence-classification")
        >>> rows.total, list(rows)
        (2, [Place(position=1, value='one'), Place(position=2, value='two')])
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        *,
        task: Task,
        text_column: Column | None = None,
        split: str = "train",
        width: int | None = None,
    ) -> None:
        check_task(task)
        self.task, self.text_column, self.split, self.width = task, text_column, split, width
        self.sources = [_source(path) for path in paths]
        self.total = sum(self._length(source) for source in self.sources)
        """Lines of all files, and rows of all data sets."""

    def __iter__(self) -> Iterator[Place]:
        before = 0
        for source in self.sources:
            line = None
            for line, value in self._rows(source):
                yield Place(before + line, value)
            if line is None:
                raise DataError(f"{source if isinstance(source, Path) else source[0]} has no rows: there must be one")
            before += self._length(source)

    def _rows(self, source: Any) -> Iterator[tuple[int, Any]]:
        """Give line and value of each row of one source."""
        if isinstance(source, Path):
            columns: dict[str, Any] = {"text_column": self.text_column, "label_column": None, "with_labels": False}
            rows, _ = open_file(source, whole=False, width=self.width, task=self.task, **columns)
            for line, values in rows:
                yield line, values[0]
            return
        name, dataset = source[0], self._chosen(source)
        raw = stored.to_raw(dataset, name, task=self.task, text_column=self.text_column, with_labels=False)
        ((output, column),) = raw.columns.items()
        check = check_of(output, self.width)
        for row, value in enumerate(column, start=1):
            yield row, check(value.as_py(), raw.where(row - 1))

    def _length(self, source: Any) -> int:
        return count_lines(source) if isinstance(source, Path) else len(self._chosen(source))

    def _chosen(self, source: Any) -> Any:
        name, splits = source
        if self.split not in splits:
            raise DataError(f"{name} has no split {self.split!r}: choose one of {', '.join(splits)}")
        return splits[self.split]


def _source(source: str | Path) -> Any:
    """Return a file's path, or name and splits of a data set."""
    path = Path(source)
    if path.is_file():
        return path
    if path.is_dir():
        return str(source), stored.load_folder(path)
    if path.suffix.lower() not in KNOWN and stored.is_hub_name(str(source)):
        return str(source), stored.load_hub(str(source))
    raise DataError(f"{source} does not exist: check the path (seen from {Path.cwd()})")


def count_lines(path: Path) -> int:
    """Count the lines of a file, a last one without a newline too."""
    count, last = 0, b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            count, last = count + chunk.count(b"\n"), chunk
    return count + (not last.endswith(b"\n"))
