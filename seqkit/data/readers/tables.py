"""Files with one example a row: csv, tsv, JSON lines and JSON arrays.

`datasets` has loaders for these too. They are not used because they guess: a text of digits becomes a number, a
text like "2020-01-01" a time, "NA" a missing value; and an error names a block, not a line.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seqkit.data.readers.columns import Column, columns_of
from seqkit.data.readers.raw import RawTable, Row, Types, collect
from seqkit.data.readers.values import COLUMN_TYPES, Check, check_of
from seqkit.errors import DataError

Records = Iterator[tuple[int, dict[str, object]]]  # the line, and the row by column


def table_rows(
    path: Path,
    *,
    extension: str,
    task: str,
    text_column: Column | None = None,
    label_column: Column | None = None,
    with_labels: bool = True,
    width: int | None = None,
) -> tuple[Iterator[Row], Types]:
    """Open a file with one example a row, and give the columns that a task needs, row by row.

    Args:
        path: an existing UTF-8 file.
        extension: `".csv"`, `".tsv"`, `".json"` or `".jsonl"`: how it is written, whatever it is called.
        task: one of `seqkit.data.tasks.TASKS`.
        text_column: the column of texts (of token lists, for token classification); None looks for a usual name.
        label_column: the column of labels; None looks for a usual name.
        with_labels: whether labels are read at all.
        width: numbers of a step of series, where that is known before; None takes the first row's.

    Returns:
        The rows as they are read (a JSON array is read at once), and the type of each column.

    Raises:
        DataError: a column is missing, a row is malformed (with its line), or there is no row.
    """
    records = {".csv": _csv_records, ".tsv": _tsv_records, ".json": _json_records, ".jsonl": _json_lines}[extension](
        path
    )
    first = next(records, None)
    if first is None:
        raise DataError(f"{path} has no rows: a data file must hold at least one below its header")
    columns = list(first[1])
    chosen = columns_of(task, columns, text_column, label_column, with_labels, str(path))
    checks = [(column, check_of(name, width)) for name, column in chosen.items()]
    return _select(path, first, records, checks), {name: COLUMN_TYPES[name] for name in chosen}


def read_table(path: Path, **options: Any) -> RawTable:
    """Read the columns that a task needs from a file with one example a row; arguments are those of `table_rows`."""
    rows, types = table_rows(path, **options)
    return collect(str(path), rows, types)


def _select(
    path: Path, first: tuple[int, dict[str, object]], rest: Records, checks: list[tuple[str, Check]]
) -> Iterator[Row]:
    """Take the chosen columns of each row, each value checked."""
    record: tuple[int, dict[str, object]] | None = first
    while record is not None:
        line, row = record
        missing = next((column for column, _ in checks if row.get(column) is None), None)
        if missing is not None:
            raise DataError(f"{path}, line {line} has no value in column {missing!r}: give one, or take the row out")
        yield line, tuple(check(row[column], f"{path}, line {line}: column {column!r}") for column, check in checks)
        record = next(rest, None)


def _csv_records(path: Path) -> Records:
    csv.field_size_limit(2**31 - 1)  # The default of 128 kB is shorter than many a document.
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        begin = 1
        header: list[str] | None = None
        try:
            for fields in reader:
                line, begin = (
                    begin,
                    reader.line_num + 1,
                )  # A quoted field may hold newlines: a row begins before it ends.
                if not fields:
                    continue
                if header is None:
                    header = fields
                else:
                    yield line, _named(path, line, header, fields)
        except csv.Error as error:
            raise DataError(f"{path}, line {begin} is malformed ({error}): mend its quotes") from error


def _tsv_records(path: Path) -> Records:
    # No quoting: a tab separates and a newline ends, a quote is a character like any other.
    header: list[str] | None = None
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        for line, text in enumerate(file, start=1):
            row = text.rstrip("\r\n")
            if not row:
                continue
            if header is None:
                header = row.split("\t")
            else:
                yield line, _named(path, line, header, row.split("\t"))


def _named(path: Path, line: int, header: list[str], fields: list[str]) -> dict[str, object]:
    if len(fields) != len(header):
        raise DataError(
            f"{path}, line {line} has {len(fields)} fields where the header has {len(header)}: "
            "mend the line, or quote the field that holds the separator"
        )
    row: dict[str, object] = {}
    for column, field in zip(header, fields, strict=True):
        row.setdefault(column, field)  # the first of two columns with one name is the one that counts
    return row


def _json_records(path: Path) -> Records:
    """Read a JSON array of objects; a .json file that begins otherwise holds JSON lines."""
    with path.open(encoding="utf-8-sig") as file:
        text = file.read()
    if not text.lstrip().startswith("["):
        yield from _json_lines(path)
        return
    try:
        array = json.loads(text)
    except json.JSONDecodeError as error:
        raise _malformed(path, error.lineno, error) from error
    for row, record in enumerate(array, start=1):
        yield row, _object(path, row, record)


def _json_lines(path: Path) -> Records:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            try:
                yield line, _object(path, line, json.loads(text))
            except json.JSONDecodeError as error:
                raise _malformed(path, line, error) from error


def _object(path: Path, line: int, record: object) -> dict[str, object]:
    if not isinstance(record, dict):
        raise DataError(f"{path}, line {line} is {record!r:.80}, where each row must be a JSON object")
    return record


def _malformed(path: Path, line: int, error: json.JSONDecodeError) -> DataError:
    return DataError(
        f"{path}, line {line} is malformed ({error.msg} at column {error.colno}): a row must be one JSON object"
    )
