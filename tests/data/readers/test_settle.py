from typing import Any

import pyarrow as pa
import pytest

from seqkit.data.readers.raw import RawTable
from seqkit.data.readers.settle import settle
from seqkit.errors import DataError


def raw(name: str = "a", **columns: list[Any]) -> RawTable:
    return RawTable(name, {column: pa.chunked_array([pa.array(values)]) for column, values in columns.items()})


def labels(*files: list[Any]) -> list[Any]:
    raws = [raw(name, text=["x"] * len(values), label=values) for name, values in zip("abc", files, strict=False)]
    return settle(raws).column("label").to_pylist()


@pytest.mark.parametrize(
    ("given", "settled"),
    [
        (["b", "a"], ["b", "a"]),
        ([1, 0], ["1", "0"]),
        (["01", "2"], ["01", "2"]),
        ([True, False], ["true", "false"]),
        ([1.5, 2.0], [1.5, 2.0]),
        (["1.5", " -2", "3e2", ".5"], [1.5, -2.0, 300.0, 0.5]),
        (["1.5", "n/a"], ["1.5", "n/a"]),
        (["nan", "inf"], ["nan", "inf"]),
        ([["x", "y"], []], [["x", "y"], []]),
        ([[1], [2, 3]], [["1"], ["2", "3"]]),
    ],
)
def test_one_type_of_label(given: list[Any], settled: list[Any]) -> None:
    assert labels(given) == settled


def test_files_are_looked_at_as_one() -> None:
    assert labels(["4", "5"], ["4.5"]) == [4.0, 5.0, 4.5]
    assert labels(["4", "x"], ["4.5"]) == ["4", "x", "4.5"]
    assert labels([1, 2], ["1", "x"]) == ["1", "2", "1", "x"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([["x", None]], "a, row 2 has no value for label"),
        ([["x"], ["y", ""]], "b, row 2 has no value for label"),
        ([[1.0, float("nan")]], "a, row 2 has no value for label"),
        ([[["x"], ["y", ""]]], "a, row 2 has an empty label"),
        ([[[1.5], [2.5]]], "a has labels of type list<.*double>: a label must be a string, a number, or a list"),
        ([["x"], [["x"]]], "b has labels of type list<.*> and a of type string: all files"),
        ([[{"x": 1}]], "a has labels of type struct"),
    ],
)
def test_bad_labels(files: list[list[Any]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        labels(*files)


def test_words_and_labels_of_different_number() -> None:
    bad = raw("b", tokens=[["x"], ["x", "y"]], labels=[["O"], ["O"]])
    with pytest.raises(DataError, match="b, row 2 has 2 words and 1 labels: each word needs its label"):
        settle([raw("a", tokens=[["x"]], labels=[["O"]]), bad])


def test_empty_sentences_stay() -> None:
    table = settle([raw(tokens=[["x"], []], labels=[["O"], []]), raw(tokens=[[1]], labels=[[2]])])
    assert table.to_pydict() == {"tokens": [["x"], [], ["1"]], "labels": [["O"], [], ["2"]]}


def test_columns_of_the_wrong_type() -> None:
    with pytest.raises(DataError, match="a gives values of type int64 as text, which must be strings"):
        settle([raw(text=[1])])
    with pytest.raises(DataError, match="a gives values of type string as tokens, which must be lists of strings"):
        settle([raw(tokens=["x"], labels=[["O"]])])


def test_missing_text() -> None:
    with pytest.raises(DataError, match="a, row 1 has no value for text"):
        settle([raw(text=[None, "x"])])
