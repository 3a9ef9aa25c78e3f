"""Every classifier is prepared in one way, whatever it reads."""

import datasets
import pytest

from seqkit import WordTokenizer
from seqkit.data.inputs import TextInputs, VectorInputs
from seqkit.data.labels import LabelSet
from seqkit.training.classifying import classified

WORDS = WordTokenizer.train(["a b"])
COLUMNS = {"text": ["a", "b", "a b"], "input_features": [[[1.0]], [[2.0]], [[1.0], [2.0]]]}


@pytest.mark.parametrize("inputs", [TextInputs(WORDS), VectorInputs(1)], ids=["text", "vectors"])
def test_labels_are_numbered_and_rows_counted(inputs: TextInputs | VectorInputs) -> None:
    train = datasets.Dataset.from_dict({inputs.column: COLUMNS[inputs.column], "label": ["y", "x", "y"]})
    prepared = classified(
        inputs, LabelSet.learn(train["label"]), {"hidden_size": 4}, {"numbers": 7}, train, train.select([1, 2])
    )
    assert prepared.train["labels"][:] == [1, 0, 1]
    assert prepared.config["hidden_size"] == 4
    assert prepared.config["label2id"] == {"x": 0, "y": 1}
    assert list(prepared.facts.items())[:3] == [("training rows", 3), ("validation rows", 2), ("numbers", 7)]
    assert prepared.facts["labels"] == 2
    assert prepared.tokenizer is inputs.tokenizer
    batch = prepared.collator([prepared.train[i] for i in range(3)])
    assert batch["labels"].tolist() == [1, 0, 1]


def test_numbers_are_learnt_as_numbers() -> None:
    train = datasets.Dataset.from_dict({"input_features": COLUMNS["input_features"], "label": [0.5, 1.5, 2.0]})
    prepared = classified(VectorInputs(1), LabelSet.learn(train["label"]), {}, {}, train, train)
    assert prepared.config["problem_type"] == "regression"
    assert prepared.train["labels"][:] == [0.5, 1.5, 2.0]
