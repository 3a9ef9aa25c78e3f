import pytest
import torch

from seqkit.models.pooling import Pooling
from tests.cases import MASKS, POOLINGS, rows


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("side", MASKS)
@pytest.mark.parametrize("kind", POOLINGS)
def test_a_row_alone_is_the_row_in_a_batch(kind: str, side: str, bidirectional: bool) -> None:
    pooling, mask = Pooling(kind, 6, bidirectional), torch.tensor(MASKS[side]).bool()
    y = torch.where(mask[..., None], torch.randn(4, 5, 6), 0.0)
    pooled = pooling(y, mask)
    for index, places in rows(mask):
        alone = pooling(y[index : index + 1, places], None)
        torch.testing.assert_close(pooled[index : index + 1], alone)
        if not len(places):
            assert not alone.any()


def test_last_reads_each_direction_where_it_ends() -> None:
    y, mask = torch.randn(1, 4, 6), torch.tensor([[0, 1, 1, 0]]).bool()
    assert torch.equal(Pooling("last", 6, False)(y, mask), y[:, 2])
    assert torch.equal(Pooling("last", 6, True)(y, mask), torch.cat([y[:, 2, :3], y[:, 1, 3:]], 1))


def test_mean_and_max() -> None:
    y, mask = torch.tensor([[[1.0], [-5], [-3], [0]]]), torch.tensor([[0, 1, 1, 0]]).bool()
    assert Pooling("mean", 1, False)(y, mask).item() == -4
    assert Pooling("max", 1, False)(y, mask).item() == -3


def test_concat_is_last_max_and_mean() -> None:
    y, mask = torch.randn(2, 5, 6), torch.tensor([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1]]).bool()
    parts = [Pooling(kind, 6, True)(y, mask) for kind in ("last", "max", "mean")]
    pooling = Pooling("concat", 6, True)
    assert torch.equal(pooling(y, mask), torch.cat(parts, -1))
    assert pooling(y[:, :0], mask[:, :0]).shape == (2, pooling.width) == (2, 18)


def test_attention_is_a_weighted_mean() -> None:
    pooling, y = Pooling("attention", 6, False), torch.randn(2, 5, 6)
    weights = (torch.tanh(y) @ pooling.score.weight[0]).softmax(1)
    torch.testing.assert_close(pooling(y, None), (weights[..., None] * y).sum(1))


@pytest.mark.parametrize("kind", POOLINGS)
def test_gradients_are_finite_for_empty_rows(kind: str) -> None:
    y = torch.zeros(4, 5, 6, requires_grad=True)
    Pooling(kind, 6, True)(y, torch.tensor(MASKS["right"]).bool()).sum().backward()
    assert torch.isfinite(y.grad).all()
    assert not y.grad[3].any()
