"""The plan `scan` in kernels against the loop, and against the scan by torch."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seqkit.cells.base import Cell, State
from seqkit.engine import compiled, run
from seqkit.engine.build import BuildError, compiler
from seqkit.engine.scan import scan, scan_block
from seqkit.engine.sweep import sweep
from seqkit.engine.trace import Unsuited
from tests.cases import MASKS, make_state, same
from tests.engine.test_run import everything
from tests.engine.test_scan import Mean, Wave

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C++ compiler is found")


class Shared(Cell):
    """Coefficients with a sum over a row and weights of their own, one of them a number; an output that is no state."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight = nn.Parameter(torch.empty(2 * hidden_size, input_size).uniform_(-1, 1))
        self.decay = nn.Parameter(torch.linspace(-1.0, 1.0, hidden_size))
        self.scale = nn.Parameter(torch.tensor(0.7))

    def project(self, x: Tensor) -> Tensor:
        return x @ self.weight.T

    def linear_coefficients(self, p: Tensor) -> tuple[Tensor, Tensor]:
        keys, values = p.chunk(2, -1)
        return torch.sigmoid(self.decay) * torch.softmax(keys, -1), self.scale * values

    def linear_output(self, p: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(h) * p[..., : self.hidden_size]


class Sum(Cell):
    """Forgets at once: its coefficients hold no state, and p reaches h by one half only."""

    def project(self, x: Tensor) -> Tensor:
        return x[..., : self.hidden_size]

    def linear_coefficients(self, p: Tensor) -> tuple[Tensor, Tensor]:
        return torch.zeros_like(p), torch.exp(p)


class Multiplied(Mean):
    """Its output is a product with a weight, which no kernel has in it."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.out = nn.Linear(hidden_size, hidden_size)

    def linear_output(self, p: Tensor, h: Tensor) -> Tensor:
        return self.out(h)


KINDS = (Mean, Wave, Shared)
SHAPES = [(3, 5, 3, 4), (1, 1, 1, 1), (2, 1, 3, 4), (2, 4, 3, 1), (1, 6, 2, 5), (2, 37, 3, 19)]
"""B, T, D, H."""


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the kernels for any batch, however small."""
    monkeypatch.setattr(compiled, "TOKENS", {True: 0, False: 0})
    monkeypatch.setattr(compiled, "SHORTEST", 0)


def swept(cell: Cell, *given: Any, **how: Any) -> tuple[Tensor, State]:
    """Run a cell in kernels, or not at all."""
    return sweep(cell, *given, scan_block, **how)


def agree(cell: Cell, batch: int, length: int, mask: Tensor | None = None, **how: Any) -> None:
    """Hold the kernels to the loop."""
    dtype = next(cell.parameters(), torch.empty(())).dtype
    x, state = torch.randn(batch, length, cell.input_size, dtype=dtype), make_state(cell, batch)
    if mask is not None:
        x = torch.where(mask[..., None], x, torch.nan)
    expected = everything(cell, x, state, mask, plan="loop", **how)
    assert all(torch.isfinite(tensor).all() for tensor in expected.values())
    same(everything(cell, x, state, mask, plan="scan", **how), expected)


@pytest.fixture
def only_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing else stand in."""

    def refuse(*_: Any) -> Any:
        raise AssertionError("the kernels do not run")

    monkeypatch.setattr("seqkit.engine.scan.scan_block", refuse)


@pytest.mark.usefixtures("only_kernels")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_loop_on_full_rows(kind: type[Cell], shape: tuple[int, ...], dtype: torch.dtype) -> None:
    batch, length, width, hidden = shape
    for reverse in (False, True):
        agree(kind(width, hidden).to(dtype), batch, length, reverse=reverse)


@pytest.mark.usefixtures("only_kernels")
@pytest.mark.parametrize("side", MASKS)
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_loop_on_ragged_rows_whatever_is_padded(kind: type[Cell], side: str) -> None:
    for reverse in (False, True):
        agree(kind(3, 4), 4, 5, torch.tensor(MASKS[side]).bool(), reverse=reverse)


@pytest.mark.usefixtures("only_kernels")
def test_resets_and_a_cell_without_weights_or_memory() -> None:
    agree(Mean(3, 4), 4, 9, resets=torch.rand(4, 9) < 0.3)
    x, state = torch.randn(2, 5, 3), make_state(Sum(3, 3), 2)
    same(*(everything(Sum(3, 3), x, state, None, plan=plan) for plan in ("scan", "loop")))


@pytest.mark.parametrize("length", [1, 2, 50])
def test_it_is_the_scan_by_torch_to_the_last_step(length: int) -> None:
    cell, x, state = Shared(3, 4).double(), torch.randn(2, length, 3).double(), (torch.randn(2, 4).double(),)
    y, (final,) = swept(cell, x, state, None)
    expected, last = scan_block(cell, cell.project(x), *state, None)
    torch.testing.assert_close((y, final), (expected, last))


def test_strides_do_not_matter() -> None:
    cell, x = Mean(3, 4), torch.randn(3, 5, 7).transpose(0, 2)  # (7, 5, 3)
    state, mask = torch.randn(4, 1).expand(4, 7).t(), (torch.rand(5, 7) < 0.7).t()
    assert not any(tensor.is_contiguous() for tensor in (x, state, mask))
    found = swept(cell, x, (state,), mask)
    torch.testing.assert_close(found, swept(cell, x.contiguous(), (state.contiguous(),), mask.contiguous()))
    y = found[0]
    assert y.is_contiguous()
    # The gradient of a sum is one number, spread over all places.
    (spread,) = torch.autograd.grad(y.sum(), cell.weight, retain_graph=True)
    (full,) = torch.autograd.grad(y, cell.weight, torch.ones_like(y).contiguous())
    torch.testing.assert_close(spread, full)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_exact_and_have_gradients(kind: type[Cell]) -> None:
    cell, x = kind(3, 2).double(), torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True)
    start = torch.randn(2, *cell.init_state(1)[0].shape[1:], dtype=torch.float64, requires_grad=True)
    own = dict(cell.named_parameters())
    mask = torch.tensor([[1, 1, 0, 1], [0, 1, 1, 1]]).bool()

    def run_it(x: Tensor, start: Tensor, *_: Tensor) -> tuple[Tensor, Tensor]:
        y, (final,) = swept(cell, x, (start,), mask)
        assert type(y.grad_fn).__name__ == "SweepBackward"
        return y, final

    assert torch.autograd.gradcheck(run_it, (x, start, *own.values()))
    assert torch.autograd.gradgradcheck(run_it, (x, start, *own.values()))


def test_inference_keeps_nothing_and_the_final_state_is_small() -> None:
    cell, x = Mean(3, 4), torch.randn(2, 9, 3)
    with torch.inference_mode():
        y, (final,) = swept(cell, x, cell.init_state(2), None)
    torch.testing.assert_close(y, run(cell, x, plan="loop")[0])
    assert final.untyped_storage().nbytes() == final.numel() * 4


def test_what_is_no_single_kernel_is_told_and_scanned_by_torch() -> None:
    cell, x = Multiplied(3, 4), torch.randn(2, 5, 3)
    with pytest.raises(Unsuited, match="more than one kernel"):
        swept(cell, x, cell.init_state(2), None)
    torch.testing.assert_close(scan(cell, x, cell.init_state(2), None)[0], run(cell, x, plan="loop")[0])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_other_numbers_and_autocast_are_scanned_by_torch(dtype: torch.dtype) -> None:
    cell, x = Mean(3, 4).to(dtype), torch.randn(2, 5, 3, dtype=dtype)
    with pytest.raises(Unsuited, match="float32 and float64"):
        swept(cell, x, cell.init_state(2), None)
    assert run(cell, x, plan="scan")[0].dtype == dtype
    with torch.autocast("cpu", torch.bfloat16), pytest.raises(Unsuited, match="autocast"):
        swept(Mean(3, 4), x.float(), (torch.zeros(2, 4),), None)
    with pytest.raises(Unsuited, match="its input is"):
        swept(Mean(3, 4), x.float(), (torch.zeros(2, 4).double(),), None)


def test_without_a_compiler_torch_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: str) -> Any:
        raise BuildError("the C++ compiler g++ fails: no space left")

    monkeypatch.setattr("seqkit.engine.cpp.build", fails)
    agree(Mean(3, 4), 2, 5)
    cell = Mean(3, 4)
    with pytest.raises(Unsuited, match="no space left"):
        swept(cell, torch.randn(2, 5, 3), cell.init_state(2), None)
    monkeypatch.setattr("seqkit.engine.cpp.compiler", lambda: None)
    agree(Mean(3, 4), 2, 5)
