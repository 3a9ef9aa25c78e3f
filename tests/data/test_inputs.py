"""What a model reads is asked for in one way, whether it is text or vectors."""

from typing import Any

import numpy as np
import pytest
import torch

from seqkit import RNNForConditionalGeneration, RNNForSequenceClassification, RNNForTokenClassification, WordTokenizer
from seqkit.data.inputs import SourceInputs, TextInputs, VectorInputs, inputs_of
from seqkit.errors import DataError
from tests.cases import model

WORDS = WordTokenizer.train(["a b c"])
SERIES = [[[1.0, 2.0]] * 3, [[5.0, 6.0]]]


@pytest.mark.parametrize(
    ("inputs", "rows", "lengths"),
    [
        (TextInputs(WORDS), ["a b", "c"], [3, 1]),
        (TextInputs(WORDS, words=True), [["a", "b", "c"], []], [3, 0]),
        (SourceInputs(WORDS), ["a b", "c"], [3, 1]),
        (VectorInputs(2), SERIES, [3, 1]),
    ],
    ids=["text", "words", "sources", "vectors"],
)
def test_rows_have_their_lengths_and_one_batch(inputs: Any, rows: list[Any], lengths: list[int]) -> None:
    columns = inputs.encode(rows)
    assert [len(row) for row in columns[inputs.measure]] == lengths
    batch = inputs.pad(columns)
    assert batch["attention_mask"].sum(1).tolist() == lengths
    assert batch[inputs.measure].shape[:2] == (2, 3)


@pytest.mark.parametrize("inputs", [TextInputs(WORDS), VectorInputs(2)], ids=["text", "vectors"])
def test_the_collator_makes_the_same_batch_with_labels(inputs: Any) -> None:
    columns = inputs.encode(SERIES if inputs.tokenizer is None else ["a b", "c"])
    rows = [{**{name: column[i] for name, column in columns.items()}, "labels": i} for i in range(2)]
    batch, plain = inputs.collator(rows), inputs.pad(columns)
    assert batch["labels"].tolist() == [0, 1]
    for name in plain:
        assert torch.equal(batch[name], plain[name])


@pytest.mark.parametrize("inputs", [SourceInputs(WORDS), VectorInputs(2, targets=True)], ids=["sources", "vectors"])
def test_targets_have_lengths_of_their_own(inputs: Any) -> None:
    columns = inputs.encode(SERIES if inputs.tokenizer is None else ["a b", "c"])
    targets = [[7], [8, 9]]
    batch = inputs.collator(
        [{**{name: column[i] for name, column in columns.items()}, "labels": targets[i]} for i in (0, 1)]
    )
    assert batch["labels"].tolist() == [[7, -100], [8, 9]]
    for name, value in inputs.pad(columns).items():
        assert torch.equal(batch[name], value)


def test_vectors_are_checked() -> None:
    assert VectorInputs(2).encode([np.ones((1, 2))])["input_features"][0].dtype == np.float32
    with pytest.raises(DataError, match="row 2: step 1 has 3 numbers, where 2 are expected"):
        VectorInputs(2).encode([[[1.0, 2.0]], [[1.0, 2.0, 3.0]]])
    with pytest.raises(DataError, match="row 1 is 'a', where a series"):
        VectorInputs(2).encode(["a"])


def test_a_model_decides() -> None:
    vectors = model(RNNForSequenceClassification, vocab_size=None, num_features=2)
    assert inputs_of(vectors).width == 2
    assert inputs_of(model(RNNForSequenceClassification), WORDS).column == "text"
    assert inputs_of(model(RNNForTokenClassification), WORDS).column == "tokens"
    assert (
        inputs_of(model(RNNForConditionalGeneration, is_encoder_decoder=True, bos_token_id=1), WORDS).column == "source"
    )
    with pytest.raises(DataError, match="needs its tokenizer"):
        inputs_of(model(RNNForSequenceClassification))
    with pytest.raises(DataError, match="labels the steps of vectors"):
        inputs_of(model(RNNForTokenClassification, vocab_size=None, num_features=2))
