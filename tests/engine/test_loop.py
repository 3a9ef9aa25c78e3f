import pytest
import torch

from seqkit.engine.loop import loop
from tests.cases import CELL_OPTIONS, CELLS, MASKS, make_cell, make_state


@pytest.mark.parametrize(("name", "options"), [(n, o) for n, o in CELL_OPTIONS if o.get("nonlinearity") != "relu"])
def test_gradients_are_right(name: str, options: dict) -> None:
    cell = make_cell(name, 2, 2, torch.float64, **options)
    names, values = zip(*cell.named_parameters(), strict=True)
    mask = torch.tensor([[1, 0, 1], [0, 0, 0]]).bool()
    x = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    state = tuple(t.requires_grad_() for t in make_state(cell, 2))

    def f(x, *rest):
        weights = dict(zip(names, rest[len(state) :], strict=True))
        y, final = torch.func.functional_call(
            Looped(cell), {f"cell.{k}": v for k, v in weights.items()}, (x, rest[: len(state)], mask)
        )
        return (y, *final)

    assert torch.autograd.gradcheck(f, (x, *state, *(v.detach().clone().requires_grad_() for v in values)))


class Looped(torch.nn.Module):
    """The loop as a module, so that its parameters can be given from outside."""

    def __init__(self, cell: torch.nn.Module) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x, state, mask):
        return loop(self.cell, x, state, mask)


@pytest.mark.parametrize("name", CELLS)
def test_the_loop_is_its_steps(name: str) -> None:
    cell, x = make_cell(name), torch.randn(2, 3, 3)
    state = make_state(cell, 2)
    y, final = loop(cell, x, state, None)
    for t in range(3):
        h, state = cell.step(cell.project(x)[:, t], state)
        torch.testing.assert_close(y[:, t], h)
    assert all(torch.equal(a, b) for a, b in zip(final, state, strict=True))


def test_a_masked_step_leaves_the_very_state() -> None:
    cell = make_cell("lstm")
    state = make_state(cell, 4)
    _, final = loop(cell, torch.randn(4, 5, 3), state, torch.tensor(MASKS["empty"]).bool())
    assert all(torch.equal(a, b) for a, b in zip(final, state, strict=True))


def test_no_step_gives_no_output() -> None:
    cell = make_cell("gru")
    state = make_state(cell, 2)
    y, final = loop(cell, torch.randn(2, 0, 3), state, None)
    assert y.shape == (2, 0, 4)
    assert final[0] is state[0]
