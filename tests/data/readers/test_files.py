"""A file's reader is chosen by its extension, or its first line."""

from pathlib import Path

import pytest

from seqkit.data.readers.files import is_table, open_file
from seqkit.errors import DataError
from tests.data.conftest import Write

OPTIONS = {"text_column": None, "label_column": None}


def test_extensions_tell() -> None:
    assert [is_table(Path(name)) for name in ("a.csv", "a.JSONL", "a.txt", "a.conll")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.csv", "text,label\na b,x\n", [(2, ("a b", "x"))]),
        ("a.dat", "text\tlabel\na b\tx\n", [(2, ("a b", "x"))]),
    ],
)
def test_a_classifiers_files(name: str, content: str, rows: list, write: Write) -> None:
    found, types = open_file(write(name, content), task="sequence-classification", with_labels=True, **OPTIONS)
    assert list(found) == rows
    assert list(types) == ["text", "label"]


def test_a_taggers_files(write: Write) -> None:
    found, types = open_file(write("a.dat", "a X\n\nb Y\n"), task="token-classification", with_labels=True, **OPTIONS)
    assert list(found) == [(1, (["a"], ["X"])), (3, (["b"], ["Y"]))]
    assert list(types) == ["tokens", "labels"]


def test_plain_text_has_no_labels(write: Write) -> None:
    path = write("a.txt", "a b\n")
    with pytest.raises(DataError, match="has no labels"):
        open_file(path, task="sequence-classification", with_labels=True, **OPTIONS)
    found, _ = open_file(path, whole=False, task="sequence-classification", with_labels=False, **OPTIONS)
    assert list(found) == [(1, ("a b",))]


def test_an_empty_file_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match="is empty"):
        open_file(write("a.csv", ""), task="sequence-classification", with_labels=True, **OPTIONS)


def test_a_width_that_is_known_holds_from_the_first_row_on(write: Write) -> None:
    path = write("a.jsonl", '{"input_features": [[1, 2]]}\n')
    for width in (None, 2):
        rows, _ = open_file(path, width=width, task="series-to-text", with_labels=False, **OPTIONS)
        assert list(rows) == [(1, ([[1, 2]],))]
    rows, _ = open_file(path, width=3, task="series-to-text", with_labels=False, **OPTIONS)
    with pytest.raises(DataError, match="line 1: column 'input_features': step 1 has 2 numbers, where 3 are expected"):
        list(rows)


def test_series_in_another_file_are_told_what_a_row_is(write: Write) -> None:
    with pytest.raises(DataError, match=r'write rows as {"input_features": \[\[9 numbers\], …\], "target": "a"}$'):
        open_file(write("a.csv", "a\n"), width=9, task="series-to-text", with_labels=True, **OPTIONS)
