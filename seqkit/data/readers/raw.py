"""What every reader hands on: the raw columns of one source, and where each row stood."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pyarrow as pa

from seqkit.errors import DataError

# So many rows are Python objects at one time; the rest is arrow's.
_CHUNK_ROWS = 10_000


@dataclass(frozen=True)
class RawTable:
    """The columns of one source, under the names that the task gives them.

    Args:
        name: the source as messages call it.
        columns: the column of texts or tokens, and the one of labels if there is one; all of one length.
        lines: the line (counted from 1) on which each row begins, (rows,); None where there are no lines, only rows.
    """

    name: str
    columns: dict[str, pa.ChunkedArray]
    lines: np.ndarray | None = None

    def where(self, row: int) -> str:
        """Say where a row (counted from 0) stands.

        Example:
            >>> RawTable("a.csv", {}, lines=np.array([2, 3])).where(1)
            'a.csv, line 3'
        """
        return f"{self.name}, line {self.lines[row]}" if self.lines is not None else f"{self.name}, row {row + 1}"


Row = tuple[int, tuple[object, ...]]  # the line, and a value for each column
Types = dict[str, pa.DataType | None]  # of the columns, in the order of a row's values; None lets arrow see


def collect(name: str, rows: Iterator[Row], types: Types) -> RawTable:
    """Gather rows into arrow columns, piece by piece.

    Args:
        name: the source as messages call it.
        rows: the line and the values of each row, in the order of `types`.
        types: the type of each column; None lets arrow see what the values are.

    Raises:
        DataError: there is no row, or one column holds values of several kinds.
    """
    pieces: dict[str, list[pa.Array]] = {column: [] for column in types}
    lines: list[np.ndarray] = []
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        lines.append(np.array([line for line, _ in chunk], dtype=np.int64))
        for i, (column, dtype) in enumerate(types.items()):
            pieces[column].append(_to_arrow([values[i] for _, values in chunk], dtype, name, column))
    if not lines:
        raise DataError(f"{name} has no rows: a data file must hold at least one")
    columns = {column: join(arrays, name, column) for column, arrays in pieces.items()}
    return RawTable(name, columns, np.concatenate(lines))


def join(pieces: Sequence[pa.Array | pa.ChunkedArray], name: str, column: str) -> pa.ChunkedArray:
    """Put pieces of a column one behind the other, as the widest type among them.

    Raises:
        DataError: the pieces are of kinds that have no common type.
    """
    try:
        tables = [pa.table({column: piece}) for piece in pieces]
        return pa.concat_tables(tables, promote_options="permissive").column(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise _mixed(name, column) from error


def _to_arrow(values: list[object], dtype: pa.DataType | None, name: str, column: str) -> pa.Array:
    try:
        return pa.array(values, type=dtype)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise _mixed(name, column) from error


def _mixed(name: str, column: str) -> DataError:
    return DataError(f"{name} mixes kinds of values in {column}: write all as strings, all as numbers, or all as lists")
