"""Rows read while they are used are those that are read at once."""

import json
from pathlib import Path
from typing import Any

import datasets
import pytest

from seqkit.data import read_dataset
from seqkit.data.readers.rows import Rows, count_lines
from seqkit.errors import DataError
from tests.data.conftest import Write

TABLE = [{"text": 'one, "two"', "label": "a"}, {"text": "", "label": "b"}, {"text": "three\nfour", "label": "a"}]
TAGGED = [{"tokens": ["a", "b"], "labels": ["X", "Y"]}, {"tokens": [], "labels": []}]
FILES = {
    "a.csv": 'text,label\n"one, ""two""",a\nx,b\n"three\nfour",a\n',
    "a.jsonl": "\n".join(map(json.dumps, TABLE)),
    "a.json": json.dumps(TABLE),
    "a.tsv": "text\tlabel\none\ta\ntwo\tb\n",
    "a.txt": "one\n\nthree",
    "b.txt": "id\ttext\n1\tone\n",
    "b.jsonl": "\n".join(map(json.dumps, TAGGED)),
    "a.conll": "a X\nb Y\n\nc X\n",
    "a.conllu": "# 1\n1-2\tab\t_\t_\t_\t_\t_\t_\t_\t_\n1\ta\t_\tX\t_\t_\t_\t_\t_\t_\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_gives_the_rows_that_reading_it_at_once_gives(name: str, write: Write) -> None:
    path, task = write(name, FILES[name]), "sequence-classification"
    if name.endswith(("conll", "conllu")) or name == "b.jsonl":
        task = "token-classification"
    options: Any = {"task": task}
    column = read_dataset(path, with_labels=False, **options)["tokens" if task[0] == "t" else "text"]
    rows = Rows([path], **options)
    assert [place.value for place in rows] == list(column)
    # An array has no lines: its rows are counted.
    assert name == "a.json" or all(place.position <= rows.total for place in rows)


def test_sources_follow_each_other(write: Write, tmp_path: Path) -> None:
    datasets.Dataset.from_list(TABLE).save_to_disk(tmp_path / "saved")
    rows = Rows([write("a.txt", "x\ny\n"), str(tmp_path / "saved")], task="sequence-classification")
    assert [place.position for place in rows] == [1, 2, 3, 4, 5]
    assert [place.value for place in rows][2:] == [row["text"] for row in TABLE]
    assert rows.total == 5
    assert [place.value for place in rows][:1] == ["x"], "it can be read again"


def test_a_row_is_read_when_it_is_asked_for(write: Write) -> None:
    path = write("a.jsonl", '{"text": "one"}\n{"text": 2}\n')
    rows = iter(Rows([path], task="sequence-classification"))
    assert next(rows).value == "one"
    with pytest.raises(DataError, match=r"line 2: column 'text' is 2, where text must be a string"):
        next(rows)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("\n \n", "has no rows"),
        ('{"text": null}\n', "line 1 has no value in column 'text'"),
        ('{"text": "a"}\n{"tex\n', "line 2 is malformed"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(content: str, message: str, write: Write) -> None:
    with pytest.raises(DataError, match=message):
        list(Rows([write("a.jsonl", content)], task="sequence-classification"))


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        Rows([tmp_path / "none.txt"], task="sequence-classification")
    datasets.Dataset.from_list(TABLE).save_to_disk(tmp_path / "saved")
    with pytest.raises(DataError, match="no split 'test': choose one of train"):
        Rows([tmp_path / "saved"], task="sequence-classification", split="test")


@pytest.mark.parametrize(("content", "count"), [("a\nb\n", 2), ("a\nb", 2), ("\n", 1), ("", 0)])
def test_lines_are_counted(content: str, count: int, write: Write) -> None:
    assert count_lines(write("a.txt", content)) == count
