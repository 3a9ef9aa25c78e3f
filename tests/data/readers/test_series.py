"""A row is a series of vectors of one width, or is refused with its place."""

import json
import math
from typing import Any

import datasets
import numpy as np
import pytest

from seqkit.data import read_dataset
from seqkit.data.readers.rows import Rows
from seqkit.data.readers.series import SeriesCheck
from seqkit.errors import DataError
from tests.data.conftest import Write

GOOD = [[0.5, 1.0], [2.0, -3.0]]
BAD = [
    ("text", "'text', where a series must be a list of steps"),
    ("", "rows of text are for --task sequence-classification"),
    (3, "is 3, where a series must be"),
    ([1.0, 2.0], "is [1.0, 2.0], where a series must be a list of steps"),
    ([], "is a series without a step"),
    ([[], []], "is a series without a number"),
    ([[1.0, 2.0], [3.0]], "step 2 has 1 numbers, where 2 are expected"),
    ([[1.0, 2.0, 3.0]], "step 1 has 3 numbers, where 2 are expected"),
    ([[1.0, "2"]], "holds '2' among its numbers"),
    ([[1.0, None]], "holds None among its numbers"),
    ([[True, False]], "holds True among its numbers"),
    ([[1.0, [2.0]]], "holds [2.0] among its numbers"),
    ([[10**400, 1.0]], "among its numbers"),
    ([[1.0, 2.0], [1.0, math.nan]], "number 2 of step 2 is nan"),
    ([[math.inf, 2.0]], "number 1 of step 1 is inf"),
    ([[1e39, 2.0]], "number 1 of step 1 is 1e+39, which no 32-bit float holds"),
]


def line(series: Any) -> str:
    return json.dumps({"label": "a", "features": series}) + "\n"


@pytest.mark.parametrize("series", [GOOD, [[1, 2]], np.ones((3, 2)), [(1.0, 2.0)]], ids=str)
def test_numbers_become_arrays(series: Any) -> None:
    made = SeriesCheck()(series, "row 1")
    assert made.dtype == np.float32
    assert made.tolist() == [list(map(float, step)) for step in series]


@pytest.mark.parametrize(("series", "message"), BAD, ids=str)
def test_what_is_no_series_is_refused_with_its_line(series: Any, message: str, write: Write) -> None:
    path = write("a.jsonl", line(GOOD) + "\n" + line(series))
    for reads in (
        lambda: read_dataset(path, task="series-classification"),
        lambda: list(Rows([path], task="series-classification")),
    ):
        with pytest.raises(DataError) as told:
            reads()
        assert "a.jsonl, line 3" in str(told.value)
        assert message in str(told.value)


def test_files_are_read_as_they_are_and_in_32_bits(write: Write) -> None:
    path = write("a.jsonl", line(GOOD) + line([[0.1, 7]]))
    data = read_dataset(path, task="series-classification")
    assert data["label"][:] == ["a", "a"]
    assert data["input_features"][:] == [GOOD, [[pytest.approx(0.1), 7.0]]]
    assert data.features["input_features"] == datasets.List(datasets.List(datasets.Value("float32")))
    assert [row.value for row in Rows([path], task="series-classification")] == [GOOD, [[0.1, 7]]]


def test_files_of_different_widths_are_refused(write: Write) -> None:
    paths = [write("a.jsonl", line(GOOD)), write("b.jsonl", line([[1.0]]))]
    with pytest.raises(DataError, match=r"b\.jsonl has 1 numbers in a step and .*a\.jsonl has 2"):
        read_dataset(paths, task="series-classification")


def test_a_saved_data_set_is_checked_too(tmp_path: Any) -> None:
    for name, series in (("good", GOOD), ("bad", [[1.0, math.nan]])):
        rows = {"series": [GOOD, series], "label": ["a", "b"]}
        datasets.Dataset.from_dict(rows).save_to_disk(tmp_path / name)
    assert read_dataset(tmp_path / "good", task="series-classification")["input_features"][:] == [GOOD, GOOD]
    for reads in (read_dataset, lambda path, task: list(Rows([path], task=task))):
        with pytest.raises(DataError, match=r"bad.*row 2.*number 2 of step 1 is nan"):
            reads(tmp_path / "bad", task="series-classification")


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.tsv", "a"])
def test_other_files_are_told_what_to_be(name: str, write: Write) -> None:
    with pytest.raises(DataError, match=r"no \.jsonl or \.json file.*input_features"):
        read_dataset(write(name, "features,label\n1,a\n"), task="series-classification")


def test_a_missing_label_is_named(write: Write) -> None:
    path = write("a.jsonl", line(GOOD) + '{"features": [[1, 2]]}\n')
    with pytest.raises(DataError, match=r"line 2 has no value in column 'label'"):
        read_dataset(path, task="series-classification")
    with pytest.raises(DataError, match=r"no column with a usual name \(label"):
        read_dataset(write("b.jsonl", '{"features": [[1, 2]]}\n'), task="series-classification")
