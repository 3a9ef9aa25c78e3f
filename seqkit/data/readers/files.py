"""Which reader a file has: its extension tells, or its first line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seqkit.data.readers.checks import check_file, check_not_empty
from seqkit.data.readers.columns import find
from seqkit.data.readers.conll import conll_rows
from seqkit.data.readers.raw import Row, Types
from seqkit.data.readers.tables import table_rows
from seqkit.data.readers.text import line_rows
from seqkit.data.tasks import OUTPUT_COLUMNS, VECTOR_TASKS, default_columns
from seqkit.errors import DataError

TABLES = {".csv": ".csv", ".tsv": ".tsv", ".tab": ".tsv", ".json": ".json", ".jsonl": ".jsonl", ".ndjson": ".jsonl"}
_CONLL = (".conll", ".bio", ".iob", ".iob2", ".iobes", ".bioes")
_TEXT = (".txt", ".text", ".md", ".py")
KNOWN = (*TABLES, ".conllu", *_CONLL, *_TEXT)
"""Extensions of files that are text for sure."""


def is_table(path: Path) -> bool:
    """Tell whether a file holds a table of examples, by its extension."""
    return path.suffix.lower() in TABLES


def open_file(
    path: Path, *, whole: bool = True, width: int | None = None, **options: Any
) -> tuple[Iterator[Row], Types]:
    """Open a file of examples, and give its rows as they are read.

    Args:
        path: an existing file.
        whole: whether all of it will be in memory at once, and must fit. Default True.
        width: numbers of a step of series, where that is known before; None takes the first row's.
        options: `task`, `text_column`, `label_column` and `with_labels`, as `read_dataset` takes them.

    Returns:
        The rows, and the type of each column.

    Raises:
        DataError: the file is empty, not text, or lacks a column; a malformed row is told when it is read.
    """
    extension = path.suffix.lower()
    if options["task"] in VECTOR_TASKS and TABLES.get(extension) not in (".json", ".jsonl"):
        row = example_row(**options, width=width or 2)
        raise DataError(
            f"{path} is no .jsonl or .json file, which series of vectors are read from: write rows as {row}"
        )
    check_file(path, known_extension=extension in KNOWN, whole=whole)
    check_not_empty(path)
    if options["task"] == "token-classification" and extension not in (".csv", ".json", ".jsonl", ".ndjson"):
        columns = {name: value for name, value in options.items() if name != "task"}
        return conll_rows(path, universal=extension == ".conllu", **columns)
    if extension in TABLES:
        return table_rows(path, extension=TABLES[extension], width=width, **options)
    return _classified_text(path, **options)


def example_row(task: str, with_labels: bool = False, width: int = 2, **_: Any) -> str:
    """Return a row of a file of series, for messages.

    Args:
        task: one of `VECTOR_TASKS`.
        with_labels: whether the row has what is learnt, too. Default False.
        width: numbers of a step. Default 2.

    Example:
        >>> example_row("series-to-text", with_labels=True)
        '{"input_features": [[0.1, 2.0], [0.3, 1.5]], "target": "a"}'
    """
    steps = "[[0.1, 2.0], [0.3, 1.5]]" if width == 2 else f"[[{width} numbers], …]"
    learnt = f', "{OUTPUT_COLUMNS[task][1]}": "a"' if with_labels else ""
    return f'{{"input_features": {steps}{learnt}}}'


def _classified_text(path: Path, **options: Any) -> tuple[Iterator[Row], Types]:
    """Open a tab-separated file under another name, or one text a line where no labels are asked for."""
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        header = file.readline().rstrip("\r\n").split("\t")
    headed = find(header, options["text_column"], default_columns(options["task"])[0]) is not None
    if len(header) > 1 and headed:
        return table_rows(path, extension=".tsv", **options)
    if options["with_labels"]:
        raise DataError(
            f"{path} has no labels: a text file must begin with a line of column names between tabs; "
            "give that, or a .csv, .tsv or .jsonl file"
            + ("; or two text files with a pair in each line" if options["task"] == "seq2seq" else "")
        )
    return line_rows(path, OUTPUT_COLUMNS[options["task"]][0])
