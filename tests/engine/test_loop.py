import pytest
import torch

from seqkit.engine.loop import loop, zoned
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


@pytest.mark.parametrize("name", CELLS)
def test_zoneout_in_evaluation_is_what_training_expects(name: str) -> None:
    cell = make_cell(name)
    state, p = make_state(cell, 1), cell.project(torch.randn(1, 1, 3))[:, 0]
    rate, count = 0.3, 20_000
    expected_h, expected = zoned(cell.step, rate, training=False)(p, state)
    many = tuple(t.expand(count, -1) for t in state)
    h, drawn = zoned(cell.step, rate, training=True)(p.expand(count, -1), many)
    torch.testing.assert_close(h.mean(0, keepdim=True), expected_h, atol=0.03, rtol=0)
    for sample, mean in zip(drawn, expected, strict=True):
        torch.testing.assert_close(sample.mean(0, keepdim=True), mean, atol=0.03, rtol=0)


@pytest.mark.parametrize("name", CELLS)
def test_zoneout_keeps_some_units_and_changes_others(name: str) -> None:
    cell = make_cell(name, 3, 50)
    state, p = make_state(cell, 20), cell.project(torch.randn(20, 1, 3))[:, 0]
    _, new = cell.step(p, state)
    h, kept = zoned(cell.step, 0.4, training=True)(p, state)
    for drawn, n, old in zip(kept, new, state, strict=True):
        assert ((drawn == n) | (drawn == old)).all()
        assert 0.3 < (drawn == old).float().mean() < 0.5
    assert h is kept[0]
