"""Both directions in one call are the two cells run apart: outputs, final states and all gradients."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seqkit import plugins
from seqkit.cells.base import Cell
from seqkit.engine import Noise, directions, run, run_directions

KINDS: dict[str, dict[str, Any]] = {"rnn": {"nonlinearity": "relu"}, "gru": {"bias": False}, "lstm": {}}


def pair(name: str, **options: Any) -> list[Cell]:
    """Two cells of random weights."""
    cells = [plugins.get("cells", name)(3, 4, **options) for _ in range(2)]
    for parameter in nn.ModuleList(cells).parameters():
        nn.init.uniform_(parameter, -0.6, 0.6)
    return cells


def apart(cells: list[Cell], x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The plain twin."""
    share = len(state) // 2
    (y, final), (back, last) = (
        run(cell, x, state[i * share : (i + 1) * share], reverse=bool(i), plan="loop") for i, cell in enumerate(cells)
    )
    return torch.cat([y, back], -1), (*(final or ()), *(last or ()))


def gradients(run_them: Callable[..., Any], cells: list[Cell], x: Tensor, state: tuple[Tensor, ...]) -> list[Tensor]:
    """Outputs, final states, and the gradients of all that goes in."""
    y, final = run_them(cells, x, state)
    weights = [torch.linspace(-1, 1, t.numel()).view_as(t) for t in (y, *final)]
    loss = sum((w * t).sum() for w, t in zip(weights, (y, *final), strict=True))
    inputs = [x, *state, *nn.ModuleList(cells).parameters()]
    return [y, *final, *torch.autograd.grad(loss, inputs)]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """What went through both directions at once."""
    seen: list[Tensor] = []
    both = directions.fused_both
    monkeypatch.setattr(directions, "fused_both", lambda cells, x, state: seen.append(x) or both(cells, x, state))
    return seen


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("steps", [1, 9, 12])
def test_together_as_apart(name: str, steps: int, calls: list[Tensor]) -> None:
    cells, x = pair(name, **KINDS[name]), torch.randn(2, steps, 3, requires_grad=True)
    state = tuple(torch.randn(2, 4, requires_grad=True) for cell in cells for _ in cell.init_state(2))
    for found, expected in zip(
        gradients(run_directions, cells, x, state), gradients(apart, cells, x, state), strict=True
    ):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    assert len(calls) == (steps > 1)


def test_nothing_given_begins_with_the_cells_own_state() -> None:
    cells, x = pair("lstm"), torch.randn(2, 12, 3)
    y, final = run_directions(cells, x)
    expected, last = apart(cells, x, tuple(torch.zeros(2, 4) for _ in range(4)))
    for a, b in zip((y, *(final or ())), (expected, *last), strict=True):
        torch.testing.assert_close(a, b)


def test_ragged_rows_noise_resets_and_other_plans_go_apart(calls: list[Tensor]) -> None:
    cells, x = pair("lstm"), torch.randn(2, 12, 3)
    mask = torch.ones(2, 12, dtype=torch.bool)
    mask[0, 8:] = False
    run_directions(cells, x, mask=mask)
    run_directions(cells, x, resets=torch.eye(12, dtype=torch.bool)[:2])
    run_directions(cells, x, noise=Noise(zoneout=0.1))
    run_directions(cells, x, plan="loop")
    run_directions(cells[:1], x)
    assert not calls
    run_directions(cells, x)
    assert len(calls) == 1


def test_one_cell_is_run_as_it_is() -> None:
    cell, x = pair("gru")[0], torch.randn(2, 12, 3)
    torch.testing.assert_close(run_directions([cell], x)[0], run(cell, x)[0])
    assert run_directions([cell], x, need_state=False)[1] is None


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_autocast_and_double_numbers(dtype: torch.dtype, calls: list[Tensor]) -> None:
    cells, x = pair("lstm"), torch.randn(2, 12, 3)
    if dtype is torch.float64:
        y = run_directions(nn.ModuleList(cells).double(), x.double())[0]
    else:
        with torch.autocast("cpu", torch.bfloat16):
            y = run_directions(cells, x)[0]
    state = tuple(torch.zeros(2, 4) for _ in range(4))
    expected = apart(list(nn.ModuleList(cells).float()), x, state)[0]
    torch.testing.assert_close(y.float(), expected, atol=3e-2 if dtype is torch.bfloat16 else 1e-6, rtol=0)
    assert (y.dtype, len(calls)) == (dtype, 1)
