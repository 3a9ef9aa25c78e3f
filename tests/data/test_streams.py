from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader
from transformers import default_data_collator

from seqkit.data.streams import IGNORED, StreamDataset, exact_streams
from seqkit.errors import DataError

SIZES = {"batch_size": st.integers(1, 7), "sequence_length": st.integers(1, 9)}
Batches = list[dict[str, torch.Tensor]]


def batches(streams: StreamDataset) -> Batches:
    """Take batches as the Trainer does: in order, by the stock collator."""
    return list(DataLoader(streams, batch_size=streams.batch_size, collate_fn=default_data_collator))


def targets(found: Batches) -> list[int]:
    """Give every token that is predicted, in order of the text (a token is its own position in these tests)."""
    return sorted(label for batch in found for label in batch["shift_labels"].flatten().tolist() if label != IGNORED)


@given(tokens=st.integers(2, 300), **SIZES)
def test_whole_predicts_each_token_exactly_once(tokens: int, batch_size: int, sequence_length: int) -> None:
    streams = exact_streams(torch.arange(tokens), batch_size, sequence_length)
    found = batches(streams)
    assert targets(found) == list(range(1, tokens))
    assert (streams.num_targets, streams.num_dropped) == (tokens - 1, 0)
    for batch in found:
        assert batch["input_ids"].shape == batch["shift_labels"].shape == (batch_size, sequence_length)
        assert (batch["shift_labels"] != IGNORED).any()  # a batch without labels would have the mean loss NaN


@given(tokens=st.integers(2, 300), **SIZES)
def test_training_leaves_out_less_than_a_batch(tokens: int, batch_size: int, sequence_length: int) -> None:
    if tokens < batch_size * sequence_length + 1:
        with pytest.raises(DataError, match="less than one batch"):
            StreamDataset(torch.arange(tokens), batch_size, sequence_length)
        return
    streams = StreamDataset(torch.arange(tokens), batch_size, sequence_length)
    predicted = targets(batches(streams))
    assert predicted == list(range(1, len(predicted) + 1))
    assert len(predicted) == streams.num_targets
    assert 0 <= streams.num_dropped == tokens - 1 - len(predicted) < batch_size * sequence_length


@given(tokens=st.integers(2, 300), whole=st.booleans(), **SIZES)
def test_rows_go_on_where_they_ended(tokens: int, whole: bool, batch_size: int, sequence_length: int) -> None:
    if not whole and tokens < batch_size * sequence_length + 1:
        return
    streams = StreamDataset(torch.arange(tokens), batch_size, sequence_length, whole)
    found = batches(streams)
    for row in range(batch_size):
        inputs = torch.cat([batch["input_ids"][row] for batch in found])
        labels = torch.cat([batch["shift_labels"][row] for batch in found])
        real = labels != IGNORED
        length = int(real.sum())
        assert real[:length].all()  # filling stands at the end only
        begin = row * streams.stream_length
        assert inputs[:length].tolist() == list(range(begin, begin + length))
        assert labels[:length].tolist() == list(range(begin + 1, begin + length + 1))
        assert not inputs[length:].any()


@pytest.mark.parametrize("kind", ["memmap", "int32", "uint16", "numpy"])
def test_any_array_of_integers(kind: str, tmp_path: Path) -> None:
    ids: Any = np.arange(50, dtype=np.uint16 if kind == "uint16" else np.int64)
    if kind == "memmap":
        ids.astype(np.int32).tofile(tmp_path / "ids.bin")
        ids = np.memmap(tmp_path / "ids.bin", dtype=np.int32, mode="r")
    elif kind == "int32":
        ids = torch.from_numpy(ids).int()
    expected = batches(StreamDataset(torch.arange(50), 3, 4))
    for batch, reference in zip(batches(StreamDataset(ids, 3, 4)), expected, strict=True):
        for name, value in reference.items():
            assert batch[name].dtype == torch.int64
            assert torch.equal(batch[name], value)


def test_items_do_not_share_memory_with_the_text() -> None:
    ids = torch.arange(10)
    StreamDataset(ids, 1, 4)[0]["input_ids"].zero_()
    assert ids.tolist() == list(range(10))


def test_items_outside_are_refused() -> None:
    streams = StreamDataset(torch.arange(10), 2, 2)
    for index in (-1, len(streams)):
        with pytest.raises(IndexError, match=f"item {index} of 4"):
            streams[index]


def test_ranks_keep_their_streams() -> None:
    """What accelerate does with two processes of batch 2: batch k goes to rank k modulo 2."""
    streams = StreamDataset(torch.arange(41), batch_size=4, sequence_length=5)
    loader = list(DataLoader(streams, batch_size=2))
    for rank in range(2):
        for before, after in zip(loader[rank::2], loader[rank + 2 :: 2], strict=False):
            assert torch.equal(before["shift_labels"][:, -1], after["input_ids"][:, 0])


@pytest.mark.parametrize(
    ("tokens", "sizes", "whole", "message"),
    [
        (
            12,
            (3, 4),
            False,
            "has 12 tokens, less than one batch of 3 streams of 4 .* needs 13: give more text, or lower",
        ),
        (1, (3, 4), True, "has 1 tokens, less than one token to predict, which needs 2: give more text$"),
        (0, (1, 1), True, "has 0 tokens"),
        (9, (0, 4), False, r"batch_size \(0\) must be at least 1"),
        (9, (1, 0), True, r"sequence_length \(0\) must be at least 1"),
    ],
)
def test_bad_sizes(tokens: int, sizes: tuple[int, int], whole: bool, message: str) -> None:
    with pytest.raises(DataError, match=message):
        StreamDataset(torch.arange(tokens), *sizes, whole=whole)


def test_rows_of_tokens_are_refused() -> None:
    with pytest.raises(DataError, match=r"ids of shape \(N,\), not \(2, 5\): join the rows first"):
        StreamDataset(torch.zeros(2, 5), 1, 1)


def test_documents_end_where_their_id_stands() -> None:
    ids = torch.tensor([5, 6, 0, 7, 0, 0, 8, 9, 5])
    for how in ({"end_id": 0}, {"starts": [3, 5, 6]}, {"starts": np.array([0, 3, 5, 6])}):
        streams = StreamDataset(ids, 1, 4, whole=True, **how)
        rows = [streams[0], streams[1]]
        assert torch.cat([row["reset_mask"] for row in rows]).nonzero()[:, 0].tolist() == [3, 5, 6]
        assert torch.cat([row["shift_labels"] for row in rows]).tolist() == [6, 0, -100, 0, -100, -100, 9, 5]
        assert streams.num_targets == 5
    assert "reset_mask" not in StreamDataset(ids, 1, 4)[0]


@given(tokens=st.integers(2, 300), epoch=st.integers(0, 2), **SIZES)
def test_random_lengths_read_each_stream_without_a_gap(
    tokens: int, epoch: int, batch_size: int, sequence_length: int
) -> None:
    if tokens < batch_size * sequence_length + 1:
        return
    plain = StreamDataset(torch.arange(tokens), batch_size, sequence_length)
    streams = plain.with_random_lengths(7)
    items = [streams[epoch, n] for n in range(len(streams))]
    for stream in range(batch_size):
        inputs = torch.cat([item["input_ids"] for item in items[stream::batch_size]])
        labels = torch.cat([item["shift_labels"] for item in items[stream::batch_size]])
        begin = stream * streams.stream_length
        assert inputs.tolist() == list(range(begin, begin + streams.stream_length))
        assert torch.equal(labels, inputs + 1)
    assert streams.num_dropped == tokens - 1 - streams.stream_length * batch_size >= 0
    assert torch.equal(
        plain[0]["input_ids"], StreamDataset(torch.arange(tokens), batch_size, sequence_length)[0]["input_ids"]
    )


def test_batches_of_random_lengths_are_of_one_length_each() -> None:
    streams = StreamDataset(torch.arange(2000), 4, 30).with_random_lengths(1)
    shapes = [tuple(batch["input_ids"].shape) for batch in batches(streams)]
    assert {rows for rows, _ in shapes} == {4}
    assert len({length for _, length in shapes}) > 5


def test_a_whole_text_has_no_random_lengths() -> None:
    with pytest.raises(DataError, match="without whole=True"):
        exact_streams(torch.arange(50), 2, 4).with_random_lengths(1)
