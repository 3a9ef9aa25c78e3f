import pytest
import torch
from torch import Tensor, nn

from seqkit.cells.base import Cell, State
from seqkit.engine import Noise, choose, run
from seqkit.engine.scan import block_length, chunked, linear_scan, transposed_scan
from tests.cases import MASKS, make_state, same
from tests.engine.test_run import SHAPES, everything


class Mean(Cell):
    """A gated running mean, the least a linear cell may be."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight = nn.Parameter(torch.empty(2 * hidden_size, input_size).uniform_(-1, 1))

    def project(self, x: Tensor) -> Tensor:
        return x @ self.weight.T

    def linear_coefficients(self, p: Tensor) -> tuple[Tensor, Tensor]:
        gate, new = p.chunk(2, -1)
        z = torch.sigmoid(gate)
        return 1 - z, z * new


class Wave(Cell):
    """A decay of its own for each unit of a wider state, negative ones too, and an output gate."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.decay = nn.Parameter(torch.linspace(-1.1, 1.1, 2 * hidden_size))
        self.weight = nn.Parameter(torch.empty(3 * hidden_size, input_size).uniform_(-1, 1))

    def init_state(self, batch_size: int) -> State:
        return (self.zeros(batch_size, 2 * self.hidden_size),)

    def project(self, x: Tensor) -> Tensor:
        return x @ self.weight.T

    def linear_coefficients(self, p: Tensor) -> tuple[Tensor, Tensor]:
        return self.decay, p[..., : 2 * self.hidden_size]

    def linear_output(self, p: Tensor, h: Tensor) -> Tensor:
        left, right = h.chunk(2, -1)
        return (left + right) * torch.sigmoid(p[..., 2 * self.hidden_size :])


LINEAR = (Mean, Wave)


def coefficients(length: int = 7, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    """Make a, b and start for 2 rows of 3 units."""
    made = (torch.empty(2, length, 3).uniform_(-1.5, 1.5), torch.randn(2, length, 3), torch.randn(2, 3))
    return [t.to(dtype).requires_grad_() for t in made]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", LINEAR)
def test_it_is_the_loop_on_full_rows(kind: type[Cell], shape: tuple[int, ...]) -> None:
    batch, length, width, hidden = shape
    cell = kind(width, hidden)
    x, state = torch.randn(batch, length, width), make_state(cell, batch)
    for reverse in (False, True):
        expected = everything(cell, x, state, None, plan="loop", reverse=reverse)
        same(everything(cell, x, state, None, plan="scan", reverse=reverse), expected)


@pytest.mark.parametrize("side", MASKS)
@pytest.mark.parametrize("kind", LINEAR)
def test_it_is_the_loop_on_ragged_rows_whatever_is_padded(kind: type[Cell], side: str) -> None:
    cell, mask = kind(3, 4), torch.tensor(MASKS[side]).bool()
    x, state = torch.where(mask[..., None], torch.randn(4, 5, 3), torch.nan), make_state(cell, 4)
    for reverse in (False, True):
        expected = everything(cell, x, state, mask, plan="loop", reverse=reverse)
        assert all(torch.isfinite(tensor).all() for tensor in expected.values())
        same(everything(cell, x, state, mask, plan="scan", reverse=reverse), expected)


@pytest.mark.parametrize("side", [None, *MASKS])
@pytest.mark.parametrize("cut", [0, 1, 2, 5])
def test_chunks_with_carried_state_are_the_whole(cut: int, side: str | None) -> None:
    cell, x = Wave(3, 4), torch.randn(4, 5, 3)
    mask = torch.ones(4, 5).bool() if side is None else torch.tensor(MASKS[side]).bool()
    state = make_state(cell, 4)
    whole, end = run(cell, x, state, mask, plan="scan")
    first, between = run(cell, x[:, :cut], state, mask[:, :cut], plan="scan")
    second, last = run(cell, x[:, cut:], between, mask[:, cut:], plan="scan")
    same({"y": torch.cat([first, second], 1), "end": last[0]}, {"y": whole, "end": end[0]})


@pytest.mark.parametrize("length", [0, 1, 2, 7])
def test_gradients_are_exact_and_have_gradients(length: int) -> None:
    a, b, start = coefficients(length)
    assert torch.autograd.gradcheck(linear_scan, (a, b, start))
    assert torch.autograd.gradgradcheck(linear_scan, (a, b, start))
    assert torch.autograd.gradcheck(transposed_scan, (a, b))


@pytest.mark.parametrize("length", [0, 1, 2, 7])
def test_torch_accepts_the_operators(length: int) -> None:
    a, b, start = coefficients(length)
    torch.library.opcheck(linear_scan, (a, b, start))
    torch.library.opcheck(transposed_scan, (a, b))


def test_the_transposed_scan_is_the_transpose() -> None:
    a, b, _ = coefficients()
    g = torch.randn_like(b)
    h = linear_scan(a, b, torch.zeros(2, 3, dtype=torch.float64))
    torch.testing.assert_close((h * g).sum(), (b * transposed_scan(a, g)).sum())


@pytest.mark.parametrize("length", [1, 2, 3, 4, 7, 9, 16, 50])
def test_side_by_side_is_one_after_the_other(length: int) -> None:
    a, b, start = (t.detach() for t in coefficients(length))
    torch.testing.assert_close(chunked(a, b, start), linear_scan(a, b, start))


def test_a_long_row_of_zeros_and_ones_stays_finite() -> None:
    # In logarithms the first would be -inf, and a product of 4,096 small numbers is 0.
    a, b, start = coefficients(4096, torch.float32)
    for value in (0.0, 1e-3, 1.0):
        kept = torch.full_like(a, value).requires_grad_()
        h = linear_scan(kept, b, start)
        assert torch.isfinite(h).all()
        assert all(torch.isfinite(g).all() for g in torch.autograd.grad(h.sum(), (kept, b, start)))
        torch.testing.assert_close(chunked(kept.detach(), b.detach(), start.detach()), h, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("cached", [1, 8 * 17])
@pytest.mark.parametrize("kind", LINEAR)
def test_blocks_change_nothing(kind: type[Cell], cached: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cell, x, mask = kind(3, 4), torch.randn(2, 50, 3), torch.rand(2, 50) < 0.7
    state = make_state(cell, 2)
    assert block_length(*state) > 50
    whole = everything(cell, x, state, mask, plan="scan")
    monkeypatch.setattr("seqkit.engine.scan.CACHED", cached)
    assert 16 <= block_length(*state) < 25
    same(everything(cell, x, state, mask, plan="scan"), whole)


def test_the_final_state_holds_no_other_step() -> None:
    _, (final,) = run(Mean(3, 4), torch.randn(2, 100, 3), plan="scan")
    assert final.untyped_storage().nbytes() == final.numel() * 4


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", LINEAR)
def test_autocast_is_the_loop_under_autocast(kind: type[Cell], masked: bool) -> None:
    cell, x = kind(3, 4), torch.randn(4, 5, 3)
    mask = torch.tensor(MASKS["left"]).bool() if masked else None
    with torch.autocast("cpu", torch.bfloat16):
        y, (final,) = run(cell, x, None, mask, plan="scan")
        expected, (end,) = run(cell, x, None, mask, plan="loop")
    assert (y.dtype, final.dtype) == (expected.dtype, torch.float32)
    torch.testing.assert_close(y, expected, atol=0.02, rtol=0.02)
    torch.testing.assert_close(final, end, atol=0.02, rtol=0.02)


def test_it_is_chosen_for_linear_cells_and_for_no_other() -> None:
    chosen = choose(Mean(1, 1))
    assert (chosen.plan, chosen.reason) == ("scan", "the recurrence is linear")
    assert choose(Mean(1, 1), noise=Noise(zoneout=0.1)).plan != "scan"


def test_it_compiles_as_one_node_for_any_length() -> None:
    cell = Mean(3, 4)
    compiled = torch.compile(lambda x: run(cell, x, plan="scan")[0], backend="aot_eager", fullgraph=True, dynamic=True)
    for length in (3, 7):
        x = torch.randn(2, length, 3)
        torch.testing.assert_close(compiled(x), run(cell, x, plan="loop")[0])


def test_it_is_exported_with_any_batch_and_length() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = Wave(3, 4)

        def forward(self, x: Tensor, mask: Tensor) -> Tensor:
            return run(self.cell, x, None, mask, plan="scan", reverse=True)[0]

    net, sizes = Net(), {0: torch.export.Dim("batch"), 1: torch.export.Dim("time", min=2)}
    exported = torch.export.export(net, (torch.randn(2, 6, 3), torch.ones(2, 6).bool()), dynamic_shapes=(sizes, sizes))
    x, mask = torch.randn(3, 40, 3), torch.rand(3, 40) < 0.7
    torch.testing.assert_close(exported.module()(x, mask), net(x, mask))
