"""The choice of a column: the one that the user names, or the first that has a usual name."""

from collections.abc import Sequence

from seqkit.data.tasks import OUTPUT_COLUMNS, TASKS, VECTOR_TASKS, default_columns
from seqkit.errors import DataError

Column = str | int


def columns_of(
    task: str,
    there: Sequence[str],
    text_column: Column | None,
    label_column: Column | None,
    with_labels: bool,
    source: str,
) -> dict[str, str]:
    """Choose the columns that a task needs.

    Args:
        task: one of `TASKS`.
        there: the columns that the source has.
        text_column: the user's name for what is read, or None.
        label_column: the user's name for what is learnt, or None.
        with_labels: whether labels are read at all.
        source: the file, for messages.

    Returns:
        The source's columns, by the names that the task gives them.

    Raises:
        DataError: there is no such column; the message lists those there are, and tells vectors from text.
    """
    (text, label), (texts, labels) = OUTPUT_COLUMNS[task], default_columns(task)
    try:
        chosen = {text: choose(there, text_column, texts, "text_column", source)}
    except DataError as error:
        raise DataError(f"{error}{_elsewhere(task, there)}") from None
    if label is not None and with_labels:
        chosen[label] = choose(there, label_column, labels, "label_column", source)
    return chosen


def _elsewhere(task: str, there: Sequence[str]) -> str:
    """Tell of a column that a task would read which takes vectors where this one takes text, or the other way round."""
    for other in TASKS:
        column = find(there, None, default_columns(other)[0])
        if column is not None and (other in VECTOR_TASKS) != (task in VECTOR_TASKS):
            return f"; {column!r} is what models for {other} read, and this is for {task}"
    return ""


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
