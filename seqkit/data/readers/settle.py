"""Raw columns become the columns of the task: of one type, with nothing missing."""

import pyarrow as pa
import pyarrow.compute as pc

from seqkit.data.readers.raw import RawTable, join
from seqkit.data.readers.series import TYPE, SeriesCheck
from seqkit.errors import DataError

_INTEGER = r"^\s*[+-]?\d+\s*$"
TEXTS = ("text", "source", "target")
_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"


def settle(raws: list[RawTable]) -> pa.Table:
    """Join sources into one table whose columns have the task's types.

    Columns by name: `text`, `source` and `target` string; `tokens` and `labels` list of string, of equal length in each
    row; `label` string, list of string (several labels), or float64 (regression: numbers, at least one of them not
    whole); `input_features` lists of lists of float32, all of one width.

    Raises:
        DataError: a value is missing or of another kind, or words and labels of a row differ in number.
    """
    for raw in raws:
        _check_complete(raw)
    columns = {}
    for name in raws[0].columns:
        pieces = [raw.columns[name] for raw in raws]
        if name == "label":
            pieces = _labels(pieces, raws)
        elif name in TEXTS:
            pieces = [_as_text(piece, raw) for piece, raw in zip(pieces, raws, strict=True)]
        elif name == "input_features":
            pieces = [_as_series(piece, raw) for piece, raw in zip(pieces, raws, strict=True)]
            _check_width(pieces, raws)
        else:
            pieces = [_as_lists(piece, raw, name) for piece, raw in zip(pieces, raws, strict=True)]
        columns[name] = join(pieces, raws[0].name, name)
    if {"tokens", "labels"} <= columns.keys():
        _check_lengths(raws)
    return pa.table(columns)


def _check_complete(raw: RawTable) -> None:
    """Refuse missing values: null, NaN, and the empty string where a label should stand."""
    for name, column in raw.columns.items():
        absent = pc.is_null(column, nan_is_null=True)
        if name in ("label", "source", "target") and pa.types.is_string(column.type):
            absent = pc.or_kleene(absent, pc.equal(column, ""))
        _refuse(raw, absent, f"has no value for {name}: give one, or take the row out")
        if pa.types.is_list(column.type) and name not in ("tokens", "input_features"):
            empty = pc.or_kleene(
                pc.is_null(pc.list_flatten(column)), pc.equal(pc.list_flatten(column).cast(pa.string()), "")
            )
            if pc.any(empty).as_py():
                row = pc.list_parent_indices(column).filter(empty)[0].as_py()
                raise DataError(f"{raw.where(row)} has an empty label: write one for every word, O for none")


def _refuse(raw: RawTable, bad: pa.ChunkedArray, what: str) -> None:
    """Raise if any row is bad, naming the first."""
    row = pc.index(bad, value=True).as_py()
    if row >= 0:
        raise DataError(f"{raw.where(row)} {what}")


def _as_text(column: pa.ChunkedArray, raw: RawTable) -> pa.ChunkedArray:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column
    raise DataError(
        f"{raw.name} gives values of type {column.type} as text, which must be strings: choose another text_column"
    )


def _as_lists(column: pa.ChunkedArray, raw: RawTable, name: str) -> pa.ChunkedArray:
    try:
        if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            return column.cast(pa.list_(pa.string()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        pass
    raise DataError(f"{raw.name} gives values of type {column.type} as {name}, which must be lists of strings")


def _as_series(column: pa.ChunkedArray, raw: RawTable) -> pa.ChunkedArray:
    if raw.lines is not None:  # from a file, whose rows were checked as they were read
        return column
    check = SeriesCheck()
    return pa.chunked_array([[check.keep(value.as_py(), raw.where(row)) for row, value in enumerate(column)]], TYPE)


def _check_width(columns: list[pa.ChunkedArray], raws: list[RawTable]) -> None:
    """Refuse sources whose steps have different numbers of numbers; within one they are as many."""
    widths = [len(column[0].as_py()[0]) for column in columns]
    for raw, width in zip(raws, widths, strict=True):
        if width != widths[0]:
            raise DataError(
                f"{raw.name} has {width} numbers in a step and {raws[0].name} has {widths[0]}: "
                "all files of a data set need as many"
            )


def _labels(columns: list[pa.ChunkedArray], raws: list[RawTable]) -> list[pa.ChunkedArray]:
    """Give the labels of every source one type."""
    if len({column.type for column in columns}) == 1:
        # Looked at as one: whether "4" is a class or a number is told by the "4.5" in another file.
        whole = _settle_label(pa.chunked_array([chunk for column in columns for chunk in column.chunks]), raws[0].name)
        return [whole]
    settled = [_settle_label(column, raw.name) for column, raw in zip(columns, raws, strict=True)]
    for column, raw in zip(settled, raws, strict=True):
        if column.type != settled[0].type:
            raise DataError(
                f"{raw.name} has labels of type {column.type} and {raws[0].name} of type {settled[0].type}: "
                "all files of a data set need labels of one kind"
            )
    return settled


def _settle_label(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Make classes strings, and leave numbers with a decimal point numbers."""
    kind = column.type
    if pa.types.is_floating(kind):
        return column.cast(pa.float64())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return column.cast(pa.string())
    if pa.types.is_large_string(kind) or pa.types.is_string(kind):
        return _numbers_or_names(column.cast(pa.string()))
    if (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and not pa.types.is_floating(kind.value_type):
        return column.cast(pa.list_(pa.string()))
    raise DataError(f"{name} has labels of type {kind}: a label must be a string, a number, or a list of strings")


def _numbers_or_names(column: pa.ChunkedArray) -> pa.ChunkedArray:
    def all_match(pattern: str) -> bool:
        return bool(pc.all(pc.match_substring_regex(column, pattern)).as_py())

    if all_match(_NUMBER) and not all_match(_INTEGER):
        return pc.utf8_trim_whitespace(column).cast(pa.float64())
    return column


def _check_lengths(raws: list[RawTable]) -> None:
    for raw in raws:
        words, labels = (pc.list_value_length(raw.columns[name]) for name in ("tokens", "labels"))
        row = pc.index(pc.not_equal(words, labels), value=True).as_py()
        if row >= 0:
            raise DataError(
                f"{raw.where(row)} has {words[row]} words and {labels[row]} labels: each word needs its label, "
                "and each label its word"
            )
