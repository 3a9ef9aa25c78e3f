"""Two text files side by side: line n of one belongs to line n of the other, as translations are kept."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pyarrow.compute as pc

from seqkit.data.readers.checks import check_file, check_not_empty
from seqkit.data.readers.raw import RawTable
from seqkit.data.readers.text import read_lines
from seqkit.errors import DataError


def pairs(sources: Sequence[str | Path], tables: Collection[str]) -> list[tuple[Path, Path]]:
    """Take sources by twos, if all are text files and their number is even; none otherwise.

    Args:
        sources: what was given, in its order: source, target, source, target, …
        tables: extensions, with the dot, of files that hold both sides.

    Example:
        >>> pairs(["a.csv"], [".csv"])
        []
    """
    paths = [Path(source) for source in sources]
    plain = all(path.is_file() and path.suffix.lower() not in tables for path in paths)
    return list(zip(paths[::2], paths[1::2], strict=True)) if plain and len(paths) % 2 == 0 else []


def read_parallel(source: Path, target: Path) -> RawTable:
    """Read a pair in each line of two files.

    Args:
        source: an existing UTF-8 file.
        target: another, with as many lines.

    Returns:
        Columns `source` and `target`.

    Raises:
        DataError: the files differ in their number of lines, or a line is empty.
    """
    columns = {}
    for name, path in (("source", source), ("target", target)):
        check_file(path, known_extension=False)
        check_not_empty(path)
        read = read_lines(path, name)
        columns[name], lines = read.columns[name], read.lines
        row = pc.index(pc.equal(columns[name], ""), value=True).as_py()
        if row >= 0:
            raise DataError(f"{read.where(row)} is empty: take the line out of both files, or write what is missing")
    counts = len(columns["source"]), len(columns["target"])
    if counts[0] != counts[1]:
        raise DataError(
            f"{source} has {counts[0]} lines and {target} {counts[1]}: line n of one must belong to line n of the "
            "other. Give source and target of one corpus"
        )
    return RawTable(f"{source} and {target.name}", columns, lines)
