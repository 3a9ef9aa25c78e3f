import copy

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit.engine import int8 as module
from seqkit.engine.build import compiler
from seqkit.engine.int8 import SOURCE, Int8Weight, affine, int8_weights
from tests.cases import make_cell

pytestmark = pytest.mark.skipif(compiler() is None, reason="8-bit products need a C++ compiler")


@pytest.fixture(params=["this processor's instructions", "plain C++"], autouse=True)
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain C++":
        function = module.build("#undef __AVX2__\n" + SOURCE.read_text(encoding="utf-8")).product
        function.restype, function.argtypes = None, module.kernel().argtypes
        monkeypatch.setattr(module, "kernel", lambda: function)


def twin(x: Tensor, weight: Int8Weight, bias: Tensor | None) -> Tensor:
    """The same product by torch, in whole numbers held as floats of 64 bits."""
    top = x.abs().amax(-1, keepdim=True)
    shrunk = torch.floor(x * torch.where(top > 0, 63 / top, 0) + 64.5) - 64
    rows, columns = weight.shape
    sums = shrunk.double() @ weight.numbers[:rows, :columns].double().t()
    y = (top / 63 * weight.scales * sums).float()
    return y if bias is None else y + bias


def test_a_weight_is_rounded_row_by_row() -> None:
    weight = torch.randn(6, 32) * torch.tensor([1e-3, 1.0, 1e3, 1.0, 1.0, 0.0])[:, None]
    error = (Int8Weight(weight).floats() - weight).abs()
    assert (error <= weight.abs().amax(1, keepdim=True) / 254 * 1.001).all()
    assert error.max() > 0


@pytest.mark.parametrize("shape", [(1, 64), (3, 64), (2, 5, 64), (0, 64), (64,), (3, 1), (2, 31), (1, 33), (1, 1024)])
@pytest.mark.parametrize("rows", [48, 1, 7])
@pytest.mark.parametrize("bias", [True, False])
def test_linear_multiplies_in_integers(shape: tuple[int, ...], rows: int, bias: bool) -> None:
    weight, b, x = torch.randn(rows, shape[-1]) / 8, torch.randn(rows) if bias else None, torch.randn(shape)
    rounded = Int8Weight(weight)
    y = F.linear(x, rounded, b)
    assert type(y) is Tensor
    torch.testing.assert_close(y, twin(x, rounded, b))
    torch.testing.assert_close(y, F.linear(x, weight, b), atol=0.03 * shape[-1] ** 0.5, rtol=0.1)


def test_the_largest_numbers_do_not_overflow() -> None:
    rounded, x = Int8Weight(torch.full((4, 4096), -3.0)), torch.full((1, 4096), 5.0)
    for sign in (1, -1):
        torch.testing.assert_close(rounded.product(sign * x), torch.full((1, 4), -15.0 * 4096 * sign))


def test_a_row_of_a_batch_gives_what_it_gives_alone() -> None:
    rounded, x = Int8Weight(torch.randn(20, 40)), torch.randn(5, 40) * torch.tensor([1e-6, 1, 1e6, 1, 0.0])[:, None]
    assert torch.equal(rounded.product(x), torch.cat([rounded.product(row[None]) for row in x]))


def test_zero_gives_zero_and_what_is_not_finite_is_not_hidden() -> None:
    rounded = Int8Weight(torch.randn(5, 40))
    assert torch.equal(rounded.product(torch.zeros(1, 40)), torch.zeros(1, 5))
    for value in (float("nan"), float("inf"), -float("inf")):
        x = torch.randn(2, 40)
        x[1, 33] = value
        y = rounded.product(x)
        assert y[0].isfinite().all()
        assert y[1].isnan().all()


def test_vectors_may_lie_anyhow() -> None:
    rounded, x, b = Int8Weight(torch.randn(5, 40)), torch.randn(40, 3).t(), torch.randn(10)[::2]
    assert torch.equal(rounded.product(x, b), rounded.product(x.contiguous(), b.contiguous()))
    assert torch.equal(rounded.product(x.double()), rounded.product(x))


def test_a_bound_product_reads_and_writes_the_same_memory() -> None:
    rounded, x, b, out = Int8Weight(torch.randn(6, 8)), torch.zeros(2, 8), torch.randn(6), torch.empty(2, 6)
    run = rounded.bound(x, b, out)
    for _ in range(2):
        x.normal_()
        run()
        assert torch.equal(out, rounded.product(x, b))


def test_everything_else_sees_floats() -> None:
    rounded = Int8Weight(torch.randn(4, 3))
    assert torch.equal(torch.randn(2, 3).zero_() @ rounded.t(), torch.zeros(2, 4))
    assert torch.equal(rounded * 2, rounded.floats() * 2)
    assert type(rounded + 1) is Tensor
    assert (rounded.shape, rounded.dtype) == ((4, 3), torch.float32)


def test_a_copy_is_the_weight_itself() -> None:
    rounded = Int8Weight(torch.randn(4, 3))
    assert copy.deepcopy(rounded) is rounded


def test_8_bit_weights_of_a_module_are_found() -> None:
    cell = make_cell("lstm")
    assert int8_weights(cell) == {}
    del cell._parameters["weight_hh"]
    cell.__dict__["weight_hh"] = rounded = Int8Weight(torch.randn(16, 4))
    assert int8_weights(torch.nn.Sequential(cell)) == {"0.weight_hh": rounded}


@pytest.mark.parametrize("bias", [True, False])
def test_affine_is_linear(bias: bool) -> None:
    weight, b, x = torch.randn(5, 3), torch.randn(5) if bias else None, torch.randn(2, 3)
    assert torch.equal(affine(weight, b)(x), F.linear(x, weight, b))
    rounded = Int8Weight(weight)
    assert torch.equal(affine(rounded, b)(x), F.linear(x, rounded, b))
