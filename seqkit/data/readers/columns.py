"""The choice of a column: the one that the user names, or the first that has a usual name."""

from collections.abc import Sequence

from seqkit.errors import DataError

Column = str | int


def choose(columns: Sequence[str], wanted: Column | None, usual: Sequence[str], option: str, source: str) -> str:
    """Choose one of a source's columns.

    Args:
        columns: the columns there are.
        wanted: the name that the user gave, or None.
        usual: the names to look for if there is none, the likeliest first, in lower case.
        option: `"text_column"` or `"label_column"`, for the message.
        source: the file, for the message.

    Raises:
        DataError: there is no such column; the message lists those there are.

    Example:
        >>> choose(["id", "Document", "label"], None, ("text", "document"), "text_column", "a.tsv")
        'Document'
    """
    found = find(columns, wanted, usual)
    if found is not None:
        return found
    missing = f"no column {wanted!r}" if wanted is not None else f"no column with a usual name ({', '.join(usual)})"
    there = ", ".join(map(repr, columns))
    flag = "--" + option.replace("_", "-")
    raise DataError(f"{source} has {missing}; its columns are {there}: choose one with {option} ({flag})")


def find(columns: Sequence[str], wanted: Column | None, usual: Sequence[str]) -> str | None:
    """Do as `choose` does, but give None where there is no such column."""
    if wanted is not None:
        return next((column for column in columns if column == str(wanted)), None)
    by_lower = {column.lower(): column for column in reversed(columns)}  # reversed: the first of two equal ones wins
    return next((by_lower[name] for name in usual if name in by_lower), None)
