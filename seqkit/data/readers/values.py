"""What a value of each column must be, and the type in which arrow keeps it."""

from collections.abc import Callable

import pyarrow as pa

from seqkit.data.readers import series
from seqkit.data.readers.raw import Types
from seqkit.errors import DataError

Check = Callable[[object, str], object]
"""Takes a value and where it stands; returns it as it is kept, or refuses it."""

_WORDS = pa.list_(pa.string())

COLUMN_TYPES: Types = {
    **dict.fromkeys(("text", "source", "target"), pa.string()),
    **dict.fromkeys(("tokens", "labels"), _WORDS),
    "label": None,  # one, several, or a number: all of the column tells
    "input_features": series.TYPE,
}
"""The types of the columns that readers give."""


def check_of(column: str, width: int | None = None) -> Check:
    """Return what checks the values of a column, one after the other.

    Args:
        column: the name that the task gives it.
        width: numbers of a step of series, where that is known before; None takes the first row's.

    Example:
        >>> check_of("tokens")("a b", "a.csv, line 2: column 'words'")
        ['a', 'b']
    """
    if column == "input_features":
        return series.SeriesCheck(width).keep
    if column in ("tokens", "labels"):
        return strings
    return text if column in ("text", "source") else anything


def text(value: object, where: str) -> str:
    """Return a text."""
    if isinstance(value, str):
        return value
    vectors = isinstance(value, list) and any(isinstance(step, list) for step in value)
    hint = "; series of vectors are for --task series-classification" if vectors else ""
    raise DataError(f"{where} is {value!r:.80}, where text must be a string{hint}")


def strings(value: object, where: str) -> list[str]:
    """Return a list of words or labels; a string (csv has no lists) is split at its spaces."""
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return [str(item) for item in value]
    raise DataError(f"{where} is {value!r:.80}, where it must be a list of strings")


def anything(value: object, where: str) -> object:
    """Return what is judged when all of its column is there."""
    return value
