from collections.abc import Iterator

import numpy as np
import pytest
import torch
from datasets import Dataset
from torch.utils.data import DataLoader, IterableDataset

from seqkit.data.batching import LengthSampler, row_lengths
from seqkit.errors import DataError


def ragged(count: int = 2000) -> np.ndarray:
    """Draw lengths as sentences have them: many short ones, few long ones."""
    return np.clip(np.random.default_rng(0).lognormal(2.9, 0.8, count), 1, 150).astype(int)


def padded(lengths: np.ndarray, order: np.ndarray, batch: int) -> float:
    """Return the part of all places that is padding."""
    batches = [lengths[order[i : i + batch]] for i in range(0, len(order), batch)]
    return 1 - lengths.sum() / sum(len(rows) * rows.max() for rows in batches)


@pytest.mark.parametrize(("count", "batch"), [(1, 1), (1, 4), (7, 7), (8, 4), (10, 4), (3, 4), (0, 4), (2000, 32)])
def test_each_row_comes_once(count: int, batch: int) -> None:
    sampler = LengthSampler(ragged(count), batch)
    for _ in range(3):
        assert sorted(sampler) == list(range(count)) == list(range(len(sampler)))


def test_little_is_padded() -> None:
    lengths = ragged()
    sampler = LengthSampler(lengths, 32)
    random = np.random.default_rng(0).permutation(len(lengths))
    assert padded(lengths, random, 32) > 0.7
    assert padded(lengths, sampler.order(0), 32) < 0.15
    assert padded(lengths, LengthSampler(lengths, 32, blur=0).order(0), 32) < 0.05


def test_an_order_follows_from_seed_and_epoch() -> None:
    sampler, again = LengthSampler(ragged(), 32, seed=3), LengthSampler(ragged(), 32, seed=3)
    torch.manual_seed(5)  # of no influence
    assert list(sampler) == list(again)
    second = list(sampler)
    assert second != list(LengthSampler(ragged(), 32, seed=3))
    again.set_epoch(1)
    assert list(again) == second
    assert list(LengthSampler(ragged(), 32, seed=4)) != list(LengthSampler(ragged(), 32, seed=3))


def test_epochs_are_well_shuffled() -> None:
    lengths, epochs = ragged(), 20
    sampler = LengthSampler(lengths, 32)
    places = np.stack([np.argsort(sampler.order(epoch)) for epoch in range(epochs)]) / len(lengths)
    # Where a row stands says nothing of where it stood, nor of its length.
    correlations = np.corrcoef(places)[~np.eye(epochs, dtype=bool)]
    assert abs(correlations.mean()) < 0.03
    assert abs(correlations).max() < 0.35  # 63 batches are shuffled: chance alone gives a deviation of 0.13
    assert abs(np.mean([np.corrcoef(epoch, lengths)[0, 1] for epoch in places])) < 0.1
    # Each row comes everywhere: the mean place is the middle, its spread that of a uniform draw.
    assert abs(places.mean(0) - 0.5).max() < 0.3
    assert places.std(0).mean() == pytest.approx(12**-0.5, abs=0.03)


def test_rows_change_their_company() -> None:
    lengths = ragged()

    def company(blur: float) -> float:
        first, second = (np.argsort(LengthSampler(lengths, 32, blur=blur).order(epoch)) // 32 for epoch in (0, 1))
        pairs = (first[:, None] == first) & ~np.eye(len(first), dtype=bool)
        return float((pairs & (second[:, None] == second)).sum() / pairs.sum())

    assert company(0.1) < 0.25
    assert company(0) > 0.4


def test_the_smaller_batch_comes_last_and_has_all_lengths_in_turn() -> None:
    lengths = ragged(100)
    last = [lengths[LengthSampler(lengths, 32, seed).order(0)[-4:]] for seed in range(30)]
    assert all(np.ptp(np.log(rows)) < 1.5 for rows in last)
    means = [rows.mean() for rows in last]
    assert min(means) < np.median(lengths) < max(means)


def test_a_loader_of_torch_takes_it() -> None:
    lengths = [3, 1, 3, 1, 2, 2, 2]
    loader = DataLoader(lengths, batch_size=2, sampler=LengthSampler(lengths, 2, blur=0), drop_last=True)
    assert sorted(map(tuple, (batch.tolist() for batch in loader))).count((2, 2)) <= 1
    assert len(list(loader)) == 3


def test_impossible_batches_are_refused() -> None:
    with pytest.raises(DataError, match="batch_size is 0"):
        LengthSampler([1], 0)
    with pytest.raises(DataError, match="blur is -1"):
        LengthSampler([1], 1, blur=-1)


def test_lengths_are_found_in_data_sets() -> None:
    rows = [{"input_ids": [1, 2, 3]}, {"input_ids": []}, {"input_ids": [4]}]
    data = Dataset.from_list(rows)
    assert row_lengths(data, "input_ids").tolist() == [3, 0, 1]
    # A selection or a shuffle leaves the table as it is, and changes which rows count.
    assert row_lengths(data.select([2, 0]), "input_ids").tolist() == [1, 3]
    assert row_lengths(data.with_format("torch"), "input_ids").tolist() == [3, 0, 1]
    assert row_lengths(data.add_column("length", [7, 8, 9]), "input_ids").tolist() == [7, 8, 9]
    assert row_lengths(rows, "input_ids").tolist() == [3, 0, 1]
    assert row_lengths([{**row, "n": 5} for row in rows], "input_ids", "n").tolist() == [5, 5, 5]
    assert row_lengths([{"x": torch.zeros(2, 3)}], "x").tolist() == [2]


def test_lengths_of_vectors_are_their_steps() -> None:
    data = Dataset.from_list([{"input_features": [[1.0, 2.0]] * 3}, {"input_features": [[1.0, 2.0]]}])
    assert row_lengths(data, "input_features").tolist() == [3, 1]


def test_data_without_lengths_is_told_apart() -> None:
    class Endless(IterableDataset):
        def __iter__(self) -> Iterator[dict[str, list[int]]]:
            yield {"input_ids": [1]}

    assert row_lengths(Endless(), "input_ids") is None
    assert row_lengths([], "input_ids") is None
    assert row_lengths([1, 2], "input_ids") is None
    assert row_lengths([{"text": "a"}], "input_ids") is None
    assert row_lengths(Dataset.from_dict({"text": ["a"]}), "input_ids") is None
    assert row_lengths(Dataset.from_dict({"input_ids": ["a"]}), "input_ids") is None
