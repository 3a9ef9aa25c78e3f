"""Plain text: a file is one row, or every line is one."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from seqkit.data.readers.raw import RawTable, Row, Types, collect

# An arrow string column counts its bytes in 32 bits.
_LARGE = 2**31 - 1


def read_text(path: Path) -> RawTable:
    """Read a whole file as one text, every character kept: tabs, CRLF, form feeds, the lack of a last newline.

    Args:
        path: an existing UTF-8 file; a byte order mark at its beginning is not part of the text.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        text = file.read()
    dtype = pa.large_string() if path.stat().st_size > _LARGE else pa.string()
    return RawTable(str(path), {"text": pa.chunked_array([pa.array([text], dtype)])})


def line_rows(path: Path, column: str = "text") -> tuple[Iterator[Row], Types]:
    """Give each line as a text, an empty line too: predictions stand in the order and number of the lines.

    Args:
        path: an existing UTF-8 file.
        column: the name of the column.
    """
    return ((line, (text,)) for line, text in _lines(path)), {column: pa.string()}


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        for line, text in enumerate(file, start=1):
            yield line, text.rstrip("\r\n")


def read_lines(path: Path, column: str = "text") -> RawTable:
    """Read each line as a text.

    Args:
        path: an existing UTF-8 file.
        column: the name of the column.

    Raises:
        DataError: the file has no line.
    """
    return collect(str(path), *line_rows(path, column))
