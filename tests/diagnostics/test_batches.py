import pytest
import torch
from transformers import default_data_collator

from seqkit.data import StreamDataset
from seqkit.diagnostics.batches import small_batch
from seqkit.errors import DataError


def test_rows_are_spread_over_the_data_and_cut() -> None:
    data = StreamDataset(torch.arange(101), batch_size=1, sequence_length=10)
    batch = small_batch(data, default_data_collator, count=2, length=4)
    assert batch["input_ids"].tolist() == [[0, 1, 2, 3], [50, 51, 52, 53]]
    assert batch["shift_labels"].tolist() == [[1, 2, 3, 4], [51, 52, 53, 54]]


def test_what_belongs_to_the_row_is_not_cut() -> None:
    rows = [{"input_ids": [1, 2, 3], "attention_mask": [1, 1, 1], "labels": [0.0, 1.0, 0.0]}]
    batch = small_batch(rows, default_data_collator, length=2)
    assert {name: tensor.shape[1] for name, tensor in batch.items()} == {
        "input_ids": 2,
        "attention_mask": 2,
        "labels": 3,
    }
    rows = [{"input_ids": [1, 2, 3], "labels": [0, 1, 0]}, {"input_ids": [4, 5, 6], "labels": [1, 1, 1]}]
    assert small_batch(rows, default_data_collator, length=2)["labels"].tolist() == [[0, 1], [1, 1]]
    rows = [{"input_ids": [1, 2, 3], "labels": 2}]
    assert small_batch(rows, default_data_collator, length=2)["labels"].tolist() == [2]


def test_no_rows_are_told() -> None:
    with pytest.raises(DataError, match="no rows"):
        small_batch([], default_data_collator)
