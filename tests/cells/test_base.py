import copy
import pickle

import pytest
import torch
from torch import Tensor, nn

from seqkit.cells.base import Cell, State, init_gates
from tests.cases import CELL_OPTIONS, CELLS, make_cell, make_state, poisoned


class Decay(Cell):
    """The least a cell may be: parameters, a buffer, project and step."""

    def __init__(self, input_size: int, hidden_size: int, speed: float = 0.5) -> None:
        super().__init__(input_size, hidden_size)
        self.weight = nn.Parameter(torch.full((hidden_size, input_size), 0.25))
        self.register_buffer("rates", torch.linspace(0, speed, hidden_size), persistent=False)

    def project(self, x: Tensor) -> Tensor:
        return x @ self.weight.T

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        h = self.rates * state[0] + p
        return h, (h,)


@pytest.mark.parametrize(("name", "options"), CELL_OPTIONS)
def test_shapes(name: str, options: dict) -> None:
    cell = make_cell(name, 3, 5, **options)
    p = cell.project(torch.randn(2, 4, 3))
    assert p.shape[:2] == (2, 4)
    h, state = cell.step(p[:, 0], cell.init_state(2))
    assert h.shape == (2, 5)
    assert [t.shape for t in state] == [t.shape for t in cell.init_state(2)]


@pytest.mark.parametrize("name", CELLS)
def test_a_step_changes_neither_its_input_nor_its_state(name: str) -> None:
    cell = make_cell(name)
    state, p = make_state(cell, 2), cell.project(torch.randn(2, 1, 3))[:, 0]
    before = [t.clone() for t in (*state, p)]
    cell.step(p, state)
    assert all(torch.equal(a, b) for a, b in zip((*state, p), before, strict=True))


@pytest.mark.parametrize("name", CELLS)
def test_rows_do_not_see_each_other(name: str) -> None:
    cell = make_cell(name, dtype=torch.float64)
    x, state = torch.randn(3, 1, 3, dtype=torch.float64), make_state(cell, 3)
    whole, _ = cell.step(cell.project(x)[:, 0], state)
    alone, _ = cell.step(cell.project(x[1:2])[:, 0], tuple(t[1:2] for t in state))
    torch.testing.assert_close(whole[1:2], alone)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
@pytest.mark.parametrize("name", CELLS)
def test_the_state_has_the_dtype_of_the_parameters(name: str, dtype: torch.dtype) -> None:
    assert {t.dtype for t in make_cell(name, dtype=dtype).init_state(2)} == {dtype}


@pytest.mark.parametrize(("name", "options"), CELL_OPTIONS)
def test_reset_parameters_sets_every_one(name: str, options: dict) -> None:
    with poisoned():
        cell = make_cell(name, 3, 5, **options)
        for parameter in cell.parameters():
            nn.init.constant_(parameter, float("nan"))
        cell.reset_parameters()
    assert all(torch.isfinite(parameter).all() for parameter in cell.parameters())


@pytest.mark.parametrize("name", CELLS)
def test_beginning_is_the_same_for_the_same_seed(name: str) -> None:
    torch.manual_seed(3)
    first = make_cell(name).rebuild().state_dict()
    torch.manual_seed(3)
    second = make_cell(name).rebuild().state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("name", CELLS)
def test_docstring_names_its_source(name: str) -> None:
    assert "Source:" in (type(make_cell(name)).__doc__ or "")


def test_a_cell_without_reset_parameters_gets_those_of_its_constructor() -> None:
    cell = Decay(2, 3, speed=0.9)
    nn.init.zeros_(cell.weight)
    cell.rates.zero_()
    cell.reset_parameters()
    cell.reset_buffers()
    assert torch.equal(cell.weight, torch.full((3, 2), 0.25))
    assert torch.equal(cell.rates, torch.linspace(0, 0.9, 3))


def test_rebuild_leaves_the_meta_device() -> None:
    with torch.device("meta"):
        cell = Decay(2, hidden_size=3)
    assert cell.weight.device.type == "meta"
    assert cell.rebuild().weight.device.type == "cpu"


def test_a_loaded_weight_is_not_reset() -> None:
    cell = make_cell("lstm")
    kept = cell.weight_hh.detach().clone()
    cell.weight_hh._is_hf_initialized = True
    cell.reset_parameters()
    assert torch.equal(cell.weight_hh, kept)
    assert torch.equal(cell.bias_hh, torch.zeros(16))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda cell: pickle.loads(pickle.dumps(cell))])
def test_copies_know_how_they_were_made(copied) -> None:
    cell = copied(make_cell("rnn", nonlinearity="relu"))
    assert cell.rebuild().nonlinearity == "relu"
    assert "nonlinearity='relu'" in repr(cell)


def test_a_cell_must_have_a_step() -> None:
    with pytest.raises(NotImplementedError, match="must define step"):
        Cell(1, 1).step(torch.zeros(1, 1), (torch.zeros(1, 1),))


def test_the_bare_contract() -> None:
    cell = Cell(2, 3)
    x = torch.randn(1, 2, 2)
    assert cell.project(x) is x
    assert cell.torch_kernel() is None
    assert cell.zeros(2).shape == (2, 3)
    assert cell.zeros(2, 5).shape == (2, 5)


def test_init_gates_makes_each_block_orthogonal() -> None:
    weight = torch.zeros(12, 4, dtype=torch.bfloat16)
    init_gates(weight, nn.init.orthogonal_)
    for block in weight.float().split(4):
        torch.testing.assert_close(block @ block.T, torch.eye(4), atol=2e-2, rtol=0)


class Hold(Decay):
    """The same equations, declared linear and read out twice as large."""

    step = Cell.step

    def linear_coefficients(self, p: Tensor) -> tuple[Tensor, Tensor]:
        return self.rates, p

    def linear_output(self, p: Tensor, h: Tensor) -> Tensor:
        return 2 * h


class Twist(Hold):
    """A step that the coefficients know nothing of."""

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        return p, state


def test_a_linear_cell_steps_by_its_coefficients() -> None:
    p, state = torch.randn(2, 4), (torch.randn(2, 4),)
    (h, (kept,)), (expected, _) = Hold(3, 4).step(p, state), Decay(3, 4).step(p, state)
    torch.testing.assert_close(kept, expected)
    torch.testing.assert_close(h, 2 * expected)


def test_a_cell_is_linear_only_if_it_says_so_and_steps_accordingly() -> None:
    assert [kind(3, 4).is_linear for kind in (Cell, Decay, Hold, Twist)] == [False, False, True, False]
    with pytest.raises(NotImplementedError, match="Decay is not linear"):
        Decay(3, 4).linear_coefficients(torch.zeros(2, 4))
