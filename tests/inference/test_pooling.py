"""Pooling block by block against pooling of the whole."""

import pytest
import torch

from seqkit.inference.pooling import RunningPooling
from seqkit.models.pooling import Pooling
from tests.cases import POOLINGS


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", POOLINGS)
@torch.no_grad()
def test_blocks_pool_to_what_the_whole_does(kind: str, bidirectional: bool) -> None:
    pooling, y = Pooling(kind, 6, bidirectional), torch.randn(1, 37, 6) * 5
    if pooling.score is not None:
        pooling.score.weight.mul_(20)  # scores far apart: the largest one moves
    running = RunningPooling(pooling)
    for block in y.split([1, 20, 0, 16], 1):
        running.add(block)
    torch.testing.assert_close(running.result(), pooling(y, None), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("kind", POOLINGS)
def test_nothing_pools_to_zeros(kind: str) -> None:
    pooling = Pooling(kind, 4, False)
    assert torch.equal(RunningPooling(pooling).result(), pooling(torch.zeros(1, 0, 4), None))
