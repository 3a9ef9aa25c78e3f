import copy

import pytest
import torch
from torch.nn import functional as F

from seqkit.engine.int8 import Int8Weight, affine, available

pytestmark = pytest.mark.skipif(not available(), reason="this torch has no 8-bit products for this processor")


def test_a_weight_is_rounded_row_by_row() -> None:
    weight = torch.randn(6, 32) * torch.tensor([1e-3, 1.0, 1e3, 1.0, 1.0, 0.0])[:, None]
    error = (Int8Weight(weight).floats() - weight).abs()
    assert (error <= weight.abs().amax(1, keepdim=True) / 254 + 1e-9).all()
    assert error.max() > 0


@pytest.mark.parametrize("shape", [(1, 64), (3, 64), (2, 5, 64), (0, 64)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear_multiplies_in_integers(shape: tuple[int, ...], bias: bool) -> None:
    weight, b, x = torch.randn(48, 64) / 8, torch.randn(48) if bias else None, torch.randn(shape)
    rounded = Int8Weight(weight)
    y, expected = F.linear(x, rounded, b), F.linear(x, weight, b)
    assert type(y) is torch.Tensor
    torch.testing.assert_close(y, expected, atol=0.1, rtol=0.05)
    if x.numel():
        # Not the floats' product: x was rounded too.
        assert not torch.equal(y, F.linear(x, rounded.floats(), b))


def test_everything_else_sees_floats() -> None:
    rounded = Int8Weight(torch.randn(4, 3))
    assert torch.equal(torch.randn(2, 3).zero_() @ rounded.t(), torch.zeros(2, 4))
    assert torch.equal(rounded * 2, rounded.floats() * 2)
    assert type(rounded + 1) is torch.Tensor
    assert (rounded.shape, rounded.dtype) == ((4, 3), torch.float32)


def test_a_copy_is_the_weight_itself() -> None:
    rounded = Int8Weight(torch.randn(4, 3))
    assert copy.deepcopy(rounded) is rounded


@pytest.mark.parametrize("bias", [True, False])
def test_affine_is_linear(bias: bool) -> None:
    weight, b, x = torch.randn(5, 3), torch.randn(5) if bias else None, torch.randn(2, 3)
    assert torch.equal(affine(weight, b)(x), F.linear(x, weight, b))
    rounded = Int8Weight(weight)
    assert torch.equal(affine(rounded, b)(x), F.linear(x, rounded, b))
