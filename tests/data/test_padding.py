"""Padding of tokenized rows, whatever their columns."""

import pytest
import torch

from seqkit import WordTokenizer
from seqkit.data.padding import pad_rows

ROWS = {"input_ids": [[1, 2, 3], [4]], "attention_mask": [[1, 1, 1], [1]]}


@pytest.fixture(params=["right", "left"])
def tokenizer(request: pytest.FixtureRequest) -> WordTokenizer:
    made = WordTokenizer.train(["a b c"])
    made.padding_side = request.param
    return made


def test_columns_are_padded_on_the_tokenizers_side(tokenizer: WordTokenizer) -> None:
    batch = pad_rows({**ROWS, "labels": [[0, -100, 1], [2]]}, tokenizer)
    pad = tokenizer.pad_token_id
    right = tokenizer.padding_side == "right"
    assert batch["input_ids"].tolist() == [[1, 2, 3], [4, pad, pad] if right else [pad, pad, 4]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0] if right else [0, 0, 1]]
    assert batch["labels"].tolist() == [[0, -100, 1], [2, -100, -100] if right else [-100, -100, 2]]


def test_a_column_that_the_tokenizer_cannot_pad(tokenizer: WordTokenizer) -> None:
    characters = [[[7], [8, 9], [5, 5, 5]], [[6]]]
    batch = pad_rows({**ROWS, "character_ids": characters}, tokenizer)
    short = [[6, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert batch["character_ids"][0].tolist() == [[7, 0, 0], [8, 9, 0], [5, 5, 5]]
    assert batch["character_ids"][1].tolist() == (short if tokenizer.padding_side == "right" else short[::-1])


def test_rows_without_tokens(tokenizer: WordTokenizer) -> None:
    batch = pad_rows({"input_ids": [[], []], "attention_mask": [[], []], "labels": [[], []]}, tokenizer)
    assert all(tensor.shape == (2, 0) and tensor.dtype == torch.long for tensor in batch.values())
    assert pad_rows({"input_ids": [[], [1]], "attention_mask": [[], [1]]}, tokenizer)["input_ids"].shape == (2, 1)
