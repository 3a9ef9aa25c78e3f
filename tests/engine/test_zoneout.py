import pytest
import torch

from seqkit.engine.masks import SeededMasks
from seqkit.engine.zoneout import kept_places, zone, zoned, zoned_by_input
from tests.cases import CELLS, make_cell, make_state


@pytest.mark.parametrize("name", CELLS)
def test_evaluation_is_what_training_expects(name: str) -> None:
    cell = make_cell(name)
    state, p = make_state(cell, 1), cell.project(torch.randn(1, 1, 3))[:, 0]
    rate, count = 0.3, 20_000
    expected_h, expected = zoned(cell.step, rate)(p, state)
    many = tuple(t.expand(count, -1) for t in state)
    kept = [torch.rand(count, 4) < rate for _ in state]
    h, drawn = zone(*cell.step(p.expand(count, -1), many), many, kept)
    torch.testing.assert_close(h.mean(0, keepdim=True), expected_h, atol=0.03, rtol=0)
    for sample, mean in zip(drawn, expected, strict=True):
        torch.testing.assert_close(sample.mean(0, keepdim=True), mean, atol=0.03, rtol=0)


@pytest.mark.parametrize("name", CELLS)
def test_units_under_the_mask_keep_their_value_and_others_change(name: str) -> None:
    cell = make_cell(name, 3, 50)
    state, p = make_state(cell, 20), cell.project(torch.randn(20, 1, 3))[:, 0]
    h, new = cell.step(p, state)
    kept = [torch.rand(20, 50) < 0.4 for _ in state]
    output, mixed = zone(h, new, state, kept)
    for drawn, n, old, k in zip(mixed, new, state, kept, strict=True):
        assert torch.equal(drawn[k], old[k])
        assert torch.equal(drawn[~k], n[~k])
    assert output is mixed[0]


@pytest.mark.parametrize("name", CELLS)
def test_masks_behind_the_input_do_what_masks_do(name: str) -> None:
    cell = make_cell(name)
    state, p = make_state(cell, 5), cell.project(torch.randn(5, 1, 3))[:, 0]
    kept = [torch.rand(5, 4) < 0.4 for _ in state]
    h, mixed = zoned_by_input(cell.step)(torch.cat([p, *(k.float() for k in kept)], 1), state)
    expected_h, expected = zone(*cell.step(p, state), state, kept)
    assert torch.equal(h, expected_h)
    assert all(torch.equal(*pair) for pair in zip(mixed, expected, strict=True))


def test_each_tensor_of_the_state_has_its_own_masks_in_its_own_shape() -> None:
    state = torch.zeros(2, 30), torch.zeros(2, 30), torch.zeros(2, 3, 4)
    one, other, deep = kept_places(SeededMasks((1, 2), 1), 0.5, state, 7, None)
    assert one.shape == other.shape == (2, 7, 30)
    assert deep.shape == (2, 7, 3, 4)
    assert not torch.equal(one, other)
