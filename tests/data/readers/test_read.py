import logging
from typing import Any

import pytest

from seqkit.data.readers.read import read_dataset, read_splits
from seqkit.errors import DataError
from tests.data.conftest import Real, Write

CLASSIFIED = {"text": ["a", "b"], "label": ["x", "y"]}
TAGGED = {"tokens": [["a", "b"], ["c"]], "labels": [["X", "Y"], ["X"]]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "text,label\na,x\nb,y\n"),
        ("a.CSV", "text,label\na,x\nb,y\n"),
        ("a.tsv", "text\tlabel\na\tx\nb\ty\n"),
        ("ratings.txt", "id\tdocument\tlabel\n1\ta\tx\n2\tb\ty\n"),
        ("a.jsonl", '{"text": "a", "label": "x"}\n{"text": "b", "label": "y"}\n'),
        ("a.json", '[{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]'),
    ],
)
def test_classification(write: Write, name: str, content: str) -> None:
    assert read_dataset(write(name, content), task="sequence-classification")[:] == CLASSIFIED


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.conll", "a X\nb Y\n\nc X\n"),
        ("a.tsv", "a\tX\nb\tY\n\nc\tX\n"),
        ("a.txt", "a X\nb Y\n\nc X\n"),
        ("test.annotated", "a X\nb Y\n\nc X\n"),
        ("a.csv", "tokens,tags\na b,X Y\nc,X\n"),
        ("a.jsonl", '{"words": ["a", "b"], "labels": ["X", "Y"]}\n{"words": ["c"], "labels": ["X"]}\n'),
    ],
)
def test_tagging(write: Write, name: str, content: str) -> None:
    assert read_dataset(write(name, content), task="token-classification")[:] == TAGGED


@pytest.mark.parametrize("name", ["a.txt", "a.py", "a.md", "Makefile", "a.conll"])
def test_text(write: Write, name: str) -> None:
    text = "def f():\r\n\treturn '한글'\n\n"
    assert read_dataset(write(name, text), task="causal-lm")[:] == {"text": [text]}


def test_several_files(write: Write) -> None:
    paths = [write("a.txt", "one\n"), write("b.csv", "text\ntwo\nthree\n"), write("c.py", "four")]
    assert read_dataset(paths, task="causal-lm")["text"][:] == ["one\n", "two", "three", "four"]
    assert list(read_splits(map(str, paths), task="causal-lm")) == ["train"]  # type: ignore[arg-type]


def test_without_labels(write: Write) -> None:
    options: dict[str, Any] = {"task": "sequence-classification", "with_labels": False}
    assert read_dataset(write("a.txt", "a\n\nb"), **options)[:] == {"text": ["a", "", "b"]}
    assert read_dataset(write("b.txt", "id\ttext\n1\ta\n"), **options)[:] == {"text": ["a"]}
    assert read_dataset(write("c.csv", "text,label\na,x\n"), **options)[:] == {"text": ["a"]}
    options["task"] = "token-classification"
    assert read_dataset(write("d.conll", "a X\n\nb Y\n"), **options)[:] == {"tokens": [["a"], ["b"]]}


def test_empty_files(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    empty, other = write("__init__.py", ""), write("a.py", "pass\n")
    with caplog.at_level(logging.WARNING):
        assert read_dataset([empty, other], task="causal-lm")["text"][:] == ["", "pass\n"]
    assert "1 of 2 files are empty, the first of them" in caplog.text
    for task in ("causal-lm", "sequence-classification", "token-classification"):
        with pytest.raises(DataError, match=r"__init__\.py is empty"):
            read_dataset(empty, task=task)


@pytest.mark.parametrize(
    ("name", "task", "message"),
    [
        ("gone.txt", "causal-lm", r"gone\.txt does not exist: check the path \(seen from "),
        ("gone/or/lost", "causal-lm", "gone/or/lost does not exist"),
        ("owner/name", "causal-lm", "owner/name is no file or folder here, and HF_HUB_OFFLINE"),
        ("gone.txt", "translation", "task 'translation' must be one of"),
        ([], "causal-lm", "no data was given"),
    ],
)
def test_no_such_source(name: Any, task: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_dataset(name, task=task)


def test_text_without_labels(write: Write) -> None:
    with pytest.raises(DataError, match=r"a\.txt has no labels: a text file must begin with a line of column names"):
        read_dataset(write("a.txt", "just text\n"), task="sequence-classification")


def test_binary_file(write: Write) -> None:
    with pytest.raises(DataError, match="is a binary file"):
        read_dataset(write("model.bin", b"\x80\x00\x01"), task="causal-lm")


def test_a_line_of_another_file_is_named(write: Write) -> None:
    good, bad = (
        write("a.jsonl", '{"tokens": ["a"], "labels": ["X"]}'),
        write("b.jsonl", '\n{"tokens": ["a"], "labels": []}'),
    )
    with pytest.raises(DataError, match=r"b\.jsonl, line 2 has 1 words and 0 labels"):
        read_dataset([good, bad], task="token-classification")


def test_tiny_shakespeare(real: Real) -> None:
    path = real("tinyshakespeare/input.txt")
    (text,) = read_dataset(path, task="causal-lm")["text"]
    assert (len(text), len(set(text)), text) == (1_115_394, 65, path.read_text(encoding="utf-8"))


def test_nsmc(real: Real) -> None:
    dataset = read_dataset(real("nsmc/ratings_test.txt"), task="sequence-classification")
    assert len(dataset) == 50_000
    assert set(dataset["label"]) == {"0", "1"}
    assert dataset[0] == {"text": "굳 ㅋ", "label": "1"}
