"""Files with one word a line and a blank line behind each sentence: plain column files (CoNLL, BIO) and CoNLL-U."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from seqkit.data.readers.columns import Column
from seqkit.data.readers.raw import RawTable, Row, Types, collect
from seqkit.errors import DataError

CONLLU_COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")

_NO_WORD = re.compile(r"\d+[-.]\d+")  # A multiword range or an empty node.

Fields = Iterator[tuple[int, list[str] | None]]  # the line, and its columns; None ends a sentence


def conll_rows(
    path: Path,
    *,
    universal: bool,
    text_column: Column | None = None,
    label_column: Column | None = None,
    with_labels: bool = True,
) -> tuple[Iterator[Row], Types]:
    """Open a column file, and give the words of each sentence and their labels, sentence by sentence.

    Args:
        path: an existing UTF-8 file.
        universal: whether it is CoNLL-U: ten columns with names, `#` begins a comment, multiword ranges (`1-2`) and
            empty nodes (`8.1`) are no words. Otherwise the columns stand between tabs, or between spaces if the first
            word's line holds no tab; a `-DOCSTART-` line ends a sentence and is no word.
        text_column: name (CoNLL-U) or number from 0 of the words; default `form`, or 0.
        label_column: name or number of the labels; default `upos`, or the last column (-1).
        with_labels: whether labels are read at all.

    Raises:
        DataError: a line has another number of columns than the others, there is no such column, or no sentence.

    Source:
        Buchholz and Marsi, "CoNLL-X shared task on multilingual dependency parsing", 2006;
        Nivre et al., "Universal Dependencies v2", LREC 2020.
    """
    fields = _conllu_fields(path) if universal else _plain_fields(path)
    index = _conllu_index if universal else _plain_index
    types: Types = {"tokens": pa.list_(pa.string())}
    wanted = [(text_column, "text_column", 1 if universal else 0)]
    if with_labels:
        types["labels"] = pa.list_(pa.string())
        wanted.append((label_column, "label_column", 3 if universal else -1))

    def columns(line: int, width: int) -> list[int]:
        return [index(column, default, width, option, f"{path}, line {line}") for column, option, default in wanted]

    return _sentences(path, fields, columns), types


def read_conll(path: Path, **options: Any) -> RawTable:
    """Read the words of each sentence and their labels; arguments are those of `conll_rows`."""
    rows, types = conll_rows(path, **options)
    return collect(str(path), rows, types)


def _sentences(path: Path, fields: Fields, columns: Callable[[int, int], list[int]]) -> Iterator[Row]:
    """Gather words into sentences: the line of the first word, and a list for each column."""
    width: int | None = None
    chosen: list[int] = []
    begin, words = 0, list[list[str]]()
    for line, row in fields:
        if row is None:
            if words:
                yield begin, tuple(map(list, zip(*words, strict=True)))
            words = []
            continue
        if width is None:
            width, chosen = len(row), columns(line, len(row))
        if len(row) != width:
            raise DataError(
                f"{path}, line {line} has {len(row)} columns where the file's first word has {width}: "
                "each word needs its label and each label its word"
            )
        begin = begin if words else line
        words.append([row[i] for i in chosen])
    if words:
        yield begin, tuple(map(list, zip(*words, strict=True)))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    # Only a newline ends a line: words may hold U+0085 or U+2028, at which str.splitlines would cut.
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        for line, text in enumerate(file, start=1):
            yield line, text.rstrip("\r\n")


def _conllu_fields(path: Path) -> Fields:
    for line, text in _lines(path):
        if not text.strip():
            yield line, None
        elif not text.startswith("#"):
            row = text.split("\t")
            if len(row) != len(CONLLU_COLUMNS):
                raise DataError(f"{path}, line {line} has {len(row)} columns between tabs: CoNLL-U has ten")
            if row[0].isdecimal():
                yield line, row
            elif not _NO_WORD.fullmatch(row[0]):
                raise DataError(
                    f"{path}, line {line} begins with {row[0]!r}: CoNLL-U has a word's number, 1-2 or 8.1 there"
                )


def _plain_fields(path: Path) -> Fields:
    tabs = any("\t" in text for text in _first_words(path))
    for line, text in _lines(path):
        if not text.strip() or text.startswith("-DOCSTART-"):
            yield line, None
        elif not tabs:
            yield line, re.split("[ \t]+", text.strip(" \t"))  # str.split would cut at a no-break space too
        elif not _is_comment(text):
            yield line, text.split("\t")


def _is_comment(text: str) -> bool:
    """Tell whether a line between tabs is a remark: `# id 1`; `#photography<tab>O` is a word, for it has no space."""
    return re.match("#+ ", text) is not None


def _first_words(path: Path) -> Iterator[str]:
    """Give the first line that is a word for sure, to see what separates its columns."""
    for _, text in _lines(path):
        if text.strip() and not text.startswith(("#", "-DOCSTART-")):
            yield text
            return


def _conllu_index(column: Column | None, default: int, width: int, option: str, where: str) -> int:
    if isinstance(column, str) and column.lower() in CONLLU_COLUMNS:
        return CONLLU_COLUMNS.index(column.lower())
    try:
        return _plain_index(column, default, width, option, where)
    except DataError as error:
        raise DataError(
            f"{where}: {option} is {column!r}, which is no column of CoNLL-U: choose one of {', '.join(CONLLU_COLUMNS)}"
        ) from error


def _plain_index(column: Column | None, default: int, width: int, option: str, where: str) -> int:
    try:
        number = default if column is None else int(column)
    except ValueError:
        number = width
    if not -width <= number < width:
        raise DataError(
            f"{option} is {column!r}, and the columns of {where} have no names, only numbers: "
            f"choose 0 to {width - 1}, or -1 for the last"
        )
    return number % width
