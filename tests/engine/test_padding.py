import pytest
import torch

from seqkit.engine.padding import Alignment, where
from tests.cases import MASKS


def test_where_spreads_the_mask_over_the_axes_behind_it() -> None:
    x = torch.ones(2, 3, 4)
    assert where(torch.tensor([True, False]), x, 0.0)[:, 0, 0].tolist() == [1, 0]
    mask = torch.tensor([[1, 0, 1], [0, 1, 0]]).bool()
    assert torch.equal(where(mask, x, 0.0)[..., 0], mask.float())


@pytest.mark.parametrize("side", MASKS)
def test_left_brings_real_tokens_together_in_order_and_back_undoes_it(side: str) -> None:
    mask = torch.tensor(MASKS[side]).bool()
    x = torch.arange(20).reshape(4, 5, 1).float()
    rows = Alignment.of(mask)
    assert rows.lengths.tolist() == mask.sum(1).tolist()
    for row in range(4):
        assert rows.left(x)[row, : rows.lengths[row], 0].tolist() == x[row, mask[row], 0].tolist()
    assert torch.equal(rows.back(rows.left(x)), x)


def test_right_padding_moves_nothing() -> None:
    assert Alignment.of(torch.tensor(MASKS["right"]).bool()).places is None
    assert Alignment.of(torch.tensor(MASKS["left"]).bool()).places is not None
