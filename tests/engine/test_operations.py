"""Every operation that a kernel can hold, against torch."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from seqkit.cells.base import Cell
from seqkit.engine.build import compiler
from seqkit.engine.run import run
from tests.cases import same
from tests.engine.test_run import everything

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C++ compiler is found")

F = torch.nn.functional

GROUPS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "arithmetic": lambda p, h: -p.abs() / (1 + h * h) - torch.reciprocal(2 + p.abs()) + torch.sub(p, h, alpha=0.3),
    "powers": lambda p, h: (p**2 + h**3 + (p.abs() + 1).sqrt() + torch.rsqrt(1 + h**2) + (1 + p.abs()) ** 0.3) / 9,
    "exponentials": lambda p, h: (torch.exp(-p.abs()) + torch.expm1(0.1 * h) + torch.log(1.5 + h.abs())) / 3,
    "logarithms": lambda p, h: torch.log1p(p.abs()) + torch.log2(2 + h.abs()),
    "waves": lambda p, h: torch.sin(p) * torch.cos(h) + torch.erf(p + h) + torch.sigmoid(p) * torch.tanh(h),
    "comparisons": lambda p, h: torch.where((p > h) & (p != 0) | ~(h <= 0.1), p, 0.5 * h) + (p < 0).to(p.dtype),
    "extremes": lambda p, h: (
        torch.maximum(p, h) - torch.minimum(p, 0.3 * h) + torch.clamp(p, -0.5, 0.7) + p.clamp(min=0)
    ),
    "units": lambda p, h: (
        (F.relu(p) + F.gelu(h) + F.silu(p) + F.softplus(h) + F.elu(p) + F.leaky_relu(h)) / 9
        + F.mish(p)
        + F.hardswish(h)
        + F.selu(p)
    ),
    "signs": lambda p, h: torch.sign(p) * 0.1 + torch.floor(2 * h) / 9 + F.hardtanh(p) + F.hardsigmoid(h),
    "rows": lambda p, h: (
        F.softmax(p, -1) * h.sum(-1, keepdim=True) / 9 + (p - h).mean(1, keepdim=True) + h.amax(1, True)
    ),
    "norms": lambda p, h: F.layer_norm(p + h, (4,)) + F.normalize(h, dim=-1) + p.amin(-1, keepdim=True),
    "pieces": lambda p, h: torch.cat([p[:, 2:], h[:, :2]], -1) + torch.cat([*h.split([1, 3], -1)][::-1], -1),
    "constants": lambda p, h: torch.zeros_like(p) + 0.5 * h + torch.full_like(h, 0.1) * p.new_ones(4) + p,
}


def cell_of(function: Callable[[Tensor, Tensor], Tensor]) -> Cell:
    """Make a cell whose step is a function of p and h."""

    class Made(Cell):
        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            h = function(p, state[0])
            return h, (h,)

    return Made(4, 4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("group", GROUPS)
def test_operations_and_their_gradients_are_torchs(group: str, dtype: torch.dtype) -> None:
    cell, x = cell_of(GROUPS[group]), torch.randn(3, 3, 4, dtype=dtype)
    state = (torch.randn(3, 4, dtype=dtype),)
    loop, found = (everything(cell, x, state, None, plan=plan) for plan in ("loop", "compiled"))
    same(found, loop, 1e-5 if dtype == torch.float32 else 1e-7)


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "sigmoid", "tanh", "relu"])
def test_functions_are_right_everywhere(name: str) -> None:
    function = getattr(torch, name)
    cell = cell_of(lambda p, h: function(p) + 0 * h.clamp(0, 0))
    edges = torch.tensor([0.0, -0.0, 1e-30, -1e-6, 1e-3, 87.0, -87.0, 88.3, -100.0, 200.0, torch.inf, -torch.inf])
    spread = torch.cat([torch.linspace(-30, 30, 4000), torch.linspace(0.5, 1.5, 400), torch.logspace(-37, 38, 400)])
    # In rows, not in steps: the logarithm of less than nothing is NaN, and would stay in the state.
    x = torch.cat([edges, -torch.logspace(-30, 0, 200), spread]).reshape(-1, 1, 4)
    with torch.no_grad():
        found, expected = run(cell, x, plan="compiled")[0], function(x)
        torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-37, equal_nan=True)
        assert run(cell, torch.full((1, 1, 4), torch.nan), plan="compiled")[0].isnan().all()
