"""Rows as a model takes them."""

import datasets
import pytest

from seqkit import WordTokenizer
from seqkit.data import LabelSet
from seqkit.data.inputs import TextInputs, VectorInputs
from seqkit.errors import DataError
from seqkit.training.rows import encode_rows, encode_words

TOKENIZER = WordTokenizer.train(["a b c"])
TEXTS = TextInputs(TOKENIZER)


def test_texts() -> None:
    data = datasets.Dataset.from_dict({"text": ["a b", ""], "label": ["y", "x"]})
    encoded = encode_rows(data, TEXTS, LabelSet(("x", "y")))
    assert encoded["labels"][:] == [1, 0]
    assert [len(ids) for ids in encoded["input_ids"]] == [3, 0]  # a space is a token too
    with pytest.raises(DataError, match="label 'y' was not seen"):
        encode_rows(data, TEXTS, LabelSet(("x", "z")))
    numbers = datasets.Dataset.from_dict({"text": ["a"], "label": [2.5]})
    assert encode_rows(numbers, TEXTS, LabelSet(("value",), "regression"))["labels"][:] == [2.5]


def test_series() -> None:
    data = datasets.Dataset.from_dict({"input_features": [[[1.0, 2.0]], [[3.0, 4.0]] * 2], "label": ["y", "x"]})
    encoded = encode_rows(data, VectorInputs(2), LabelSet(("x", "y")))
    assert encoded[:] == {"input_features": data["input_features"][:], "labels": [1, 0]}
    with pytest.raises(DataError, match="where 3 are expected"):
        encode_rows(data, VectorInputs(3), LabelSet(("x", "y")))


def test_words() -> None:
    data = datasets.Dataset.from_dict({"tokens": [["a", "b"], []], "labels": [["X", "Y"], []]})
    encoded = encode_words(data, TOKENIZER, {"X": 0, "Y": 1})
    assert encoded["labels"][:] == [[0, 1], []]
    with pytest.raises(DataError, match="label 'Y' was not seen"):
        encode_words(data, TOKENIZER, {"X": 0})
