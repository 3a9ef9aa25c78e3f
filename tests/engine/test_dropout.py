import pytest
import torch
from torch import nn

from seqkit.cells.base import Cell
from seqkit.engine import Noise, run
from seqkit.engine.dropout import thin, thinned
from seqkit.engine.masks import SeededMasks
from tests.cases import CELLS, gradients, make_cell, same

NOISES = [Noise(weight_dropout=0.5), Noise(recurrent_dropout=0.5), Noise(0.3, 0.3)]
MASKS = SeededMasks((), 0)
THINNED = [name for name in CELLS if make_cell(name).recurrent_weights]


@pytest.mark.parametrize("noise", NOISES, ids=str)
@pytest.mark.parametrize("name", THINNED)
def test_plans_agree_for_one_seed(name: str, noise: Noise) -> None:
    cell, x, found = make_cell(name).train(), torch.randn(2, 5, 3), []
    for plan in ("loop", "auto"):
        torch.manual_seed(5)
        y, _ = run(cell, x, plan=plan, noise=noise)
        found.append({"y": y, **gradients(y.square().sum(), dict(cell.named_parameters()))})
    same(*found)


@pytest.mark.parametrize("noise", NOISES, ids=str)
@pytest.mark.parametrize("name", THINNED)
def test_something_in_training_and_nothing_in_evaluation(name: str, noise: Noise) -> None:
    cell, x = make_cell(name), torch.randn(2, 5, 3)
    clean = run(cell, x)[0]
    assert not torch.allclose(run(cell.train(), x, noise=noise)[0], clean)
    assert torch.equal(run(cell.eval(), x, noise=noise)[0], clean)


@pytest.mark.parametrize("name", THINNED)
def test_gradients_reach_the_full_weight_where_it_was_kept(name: str) -> None:
    cell = make_cell(name).train()
    key = cell.recurrent_weights[0]
    full = cell.get_parameter(key)
    with thinned(cell, 0.5, 0.0, MASKS):
        thin_weight = getattr(cell, key)
        assert thin_weight is not full
        grad = torch.autograd.grad(thin_weight.sum(), full)[0]
    assert torch.equal(grad, torch.where(thin_weight == 0, 0.0, 2.0))
    assert getattr(cell, key) is full


def test_the_weight_comes_back_after_an_error() -> None:
    cell = make_cell("gru").train()
    with pytest.raises(ZeroDivisionError), thinned(cell, 0.5, 0.0, MASKS):
        raise ZeroDivisionError
    assert isinstance(cell.weight_hh, nn.Parameter)


def test_the_mean_is_kept() -> None:
    weight = torch.ones(300, 400)
    assert abs(thin(weight, 0.3, 0.0, MASKS).mean() - 1) < 0.02
    assert abs(thin(weight, 0.0, 0.3, MASKS).mean() - 1) < 0.1


def test_recurrent_dropout_drops_whole_units() -> None:
    thinned_out = thin(torch.ones(12, 40), 0.0, 0.5, MASKS)
    assert ((thinned_out == 0).all(0) | (thinned_out == 2).all(0)).all()
    assert 5 < (thinned_out == 0).all(0).sum() < 35


def test_a_weight_per_unit_is_dropped_unit_by_unit() -> None:
    # A cell whose units see only themselves has a vector of recurrent weights, as in IndRNN.
    dropped = (thin(torch.ones(100), 0.0, 0.5, MASKS) == 0).sum()
    assert 20 < dropped < 80


def test_a_cell_that_declares_nothing_is_left_alone() -> None:
    class Plain(Cell):
        def step(self, p, state):
            return p + state[0], (p + state[0],)

    with thinned(Plain(2, 2).train(), 0.5, 0.5, MASKS):
        pass
