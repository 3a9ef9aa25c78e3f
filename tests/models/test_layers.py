import pytest
import torch

from seqkit.models.layers import RNNLayer, build_cell
from tests.cases import CELLS, MASKS, config


@pytest.mark.parametrize("cell", CELLS)
def test_both_directions_are_two_runs(cell: str) -> None:
    layer, one = RNNLayer(config(cell, bidirectional=True), 3), RNNLayer(config(cell), 3)
    x = torch.randn(2, 5, 3)
    y, state = layer(x)
    one.cells[0].load_state_dict(layer.cells[0].state_dict())
    forward, ahead = one(x)
    one.cells[0].load_state_dict(layer.cells[1].state_dict())
    backward, behind = one(x.flip(1))
    torch.testing.assert_close(y, torch.cat([forward, backward.flip(1)], -1))
    for found, expected in zip(state, (*ahead, *behind), strict=True):
        torch.testing.assert_close(found, expected)


def test_norm_and_residual_by_hand() -> None:
    x, mask = torch.randn(4, 5, 6), torch.tensor(MASKS["scattered"]).bool()
    layer = RNNLayer(config(layer_norm=True, residual=True), 6)
    plain = RNNLayer(config(), 6)
    plain.load_state_dict(layer.state_dict(), strict=False)
    expected = layer.norm(plain(x, mask)[0]) + x
    torch.testing.assert_close(layer(x, mask)[0], torch.where(mask[..., None], expected, 0.0))


def test_residual_needs_equal_widths() -> None:
    assert RNNLayer(config(residual=True), 6).residual
    assert not RNNLayer(config(residual=True), 5).residual
    assert not RNNLayer(config(residual=True, bidirectional=True), 6).residual


@pytest.mark.parametrize("cell", CELLS)
def test_a_learnt_state_begins_as_the_cells_own_and_is_reset_to_it(cell: str) -> None:
    layer = RNNLayer(config(cell, learn_initial_state=True, bidirectional=True), 3)
    own = [t for part in layer.cells for t in part.init_state(1)]
    assert len(own) == len(layer.initial_state)
    for parameter in layer.initial_state:
        torch.nn.init.ones_(parameter)
    assert all((t == 1).all() and t.shape[0] == 3 for t in layer.init_state(3))
    layer.reset_initial_state()
    assert all(torch.equal(p, t) for p, t in zip(layer.initial_state, own, strict=True))


def test_the_state_is_left_out_where_it_is_not_wanted() -> None:
    assert RNNLayer(config(), 3)(torch.randn(2, 5, 3), None, None, False)[1] is None


def test_options_reach_the_cell() -> None:
    assert build_cell(config("rnn", cell_options={"nonlinearity": "relu", "bias": False}), 3).nonlinearity == "relu"
