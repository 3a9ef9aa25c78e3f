"""Lengths of segments: Merity's distribution, the same number of tokens in each epoch, borders that move."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import BatchSampler

from seqkit.data.segments import EpochSampler, Segments, random_lengths


def test_lengths_are_those_of_the_paper() -> None:
    lengths = random_lengths(100_000, 70, seed=1)
    short = lengths < 52
    assert short.mean() == pytest.approx(0.05, abs=0.005)
    # Truncation takes half a token off the mean.
    assert lengths[~short].mean() == pytest.approx(69.5, abs=0.1)
    assert lengths[short].mean() == pytest.approx(34.5, abs=0.3)
    assert lengths[~short].std() == pytest.approx(5, abs=0.1)
    assert random_lengths(10_000, 6, seed=1).min() == 5
    assert random_lengths(10_000, 3, seed=1).min() == 3


@given(tokens=st.integers(1, 500), length=st.integers(1, 40), seed=st.integers(0, 9), epoch=st.integers(0, 3))
def test_segments_of_every_epoch_follow_each_other(tokens: int, length: int, seed: int, epoch: int) -> None:
    if tokens < length:
        return
    for segments in (Segments(tokens, length), Segments(tokens, length, seed)):
        begin, lengths = segments.spans(epoch, np.arange(segments.count))
        assert begin[0] == 0
        assert (begin[1:] == (begin + lengths)[:-1]).all()
        assert begin[-1] + lengths[-1] == segments.covered <= tokens
        assert lengths.min() >= 1


def test_borders_move_with_the_epoch_and_follow_from_the_seed() -> None:
    numbers = np.arange(Segments(5000, 50, 1).count)
    first, second = (Segments(5000, 50, 1).spans(epoch, numbers)[1].tolist() for epoch in (0, 1))
    assert first != second
    assert sorted(first) == sorted(second)
    assert Segments(5000, 50, 1).spans(1, numbers)[1].tolist() == second
    assert Segments(5000, 50, 2).spans(0, numbers[:50])[1].tolist() != first[:50]


def test_the_epoch_travels_with_the_item() -> None:
    sampler = EpochSampler(4)
    sampler.set_epoch(2)
    assert list(BatchSampler(sampler, 2, drop_last=False)) == [[(2, 0), (2, 1)], [(2, 2), (2, 3)]]
    assert len(sampler) == 4
