from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from benchmarks.equations import LayerNormLSTM, PlainLSTM, PlainMinGRU, ResetFirstGRU
from seqkit.cells.base import Cell
from seqkit.engine.trace import Traced, Unsuited, trace, unused_size
from seqkit.engine.zoneout import zoned
from tests.cases import make_cell


def traced(cell: Cell, masked: bool = False, zoneout: float = 0.0) -> Traced:
    """Trace a cell's step on its own projection."""
    step = zoned(cell.step, zoneout) if zoneout else cell.step
    state = cell.init_state(2)
    p = cell.project(torch.zeros(2, 1, cell.input_size, dtype=state[0].dtype))[:, 0]
    return trace(cell, step, p, state, masked)


def targets(found: Traced) -> set[str]:
    return {str(node.target) for node in found.body.nodes if node.op == "call_function"}


def test_products_of_the_state_with_weights_are_split_off() -> None:
    found = traced(PlainLSTM(3, 4))
    assert [(product.level, product.operand, product.bias) for product in found.products] == [(1, 0, None)]
    assert not {"aten.mm.default", "aten.addmm.default"} & targets(found)
    assert found.output == 0
    assert traced(PlainMinGRU(3, 4)).products == ()


def test_a_bias_goes_with_its_product() -> None:
    (product,) = traced(make_cell("gru")).products
    assert product.bias is not None
    assert traced(make_cell("gru", bias=False)).products[0].bias is None


def test_products_that_hang_together_are_of_rising_levels() -> None:
    products = traced(ResetFirstGRU(3, 4)).products
    assert [(product.level, product.operand) for product in products] == [(1, 0), (2, None)]


def test_what_is_made_of_weights_alone_is_prepared_before_the_first_step() -> None:
    class Squashed(Cell):
        def __init__(self, width: int, hidden: int) -> None:
            super().__init__(width, hidden)
            self.weight = nn.Parameter(torch.randn(hidden, hidden))

        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            h = p + torch.exp(self.weight.diagonal()).expand_as(p) * state[0]
            return h, (h,)

    cell = Squashed(4, 4)
    found = traced(cell)
    (weight,) = found.prepare(cell.weight)
    torch.testing.assert_close(weight, cell.weight.diagonal().exp())
    assert "aten.exp.default" not in targets(found)


def test_compound_operations_are_spelled_out() -> None:
    assert not {name for name in targets(traced(LayerNormLSTM(3, 4))) if "norm" in name}


def test_a_mask_and_random_numbers_are_inputs() -> None:
    class Noisy(Cell):
        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            h = p + state[0] * torch.rand_like(p) + torch.randn_like(p)
            return h, (h,)

    found = traced(Noisy(4, 4), masked=True)
    assert len(found.inputs["mask"]) == 1
    assert found.noises == ((torch.rand, 4), (torch.randn, 4))
    assert traced(make_cell("lstm"), zoneout=0.5).noises == ()


def test_tracing_draws_nothing_and_changes_nothing() -> None:
    cell = make_cell("lstm").train()
    before, seed = {name: t.clone() for name, t in cell.state_dict().items()}, torch.get_rng_state()
    traced(cell, zoneout=0.5)
    assert torch.equal(torch.get_rng_state(), seed)
    assert all(torch.equal(cell.state_dict()[name], tensor) for name, tensor in before.items())
    assert isinstance(cell.weight_hh, nn.Parameter)


def test_a_product_with_what_changes_is_refused() -> None:
    class Changing(Cell):
        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            h = p @ (state[0].t() @ p)
            return h, (h,)

    with pytest.raises(Unsuited, match="changes with time"):
        traced(Changing(4, 4))


def without_gradients(h: Tensor) -> Tensor:
    with torch.no_grad():
        return 2 * h


@pytest.mark.parametrize("stop", [torch.Tensor.detach, torch.detach, lambda h: h.data, without_gradients])
def test_a_step_that_stops_gradients_is_refused(stop: Callable[[Tensor], Tensor]) -> None:
    class Stopped(Cell):
        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            h = p + stop(state[0]) * state[0]
            return h, (h,)

    with pytest.raises(Unsuited, match="stops gradients"):
        traced(Stopped(4, 4))


def test_a_step_must_give_as_many_states_as_it_takes() -> None:
    class Losing(Cell):
        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            return p, ()

    with pytest.raises(Unsuited, match="0 states of 1"):
        traced(Losing(4, 4))


def test_the_batch_of_a_trace_is_no_other_size() -> None:
    assert unused_size([torch.empty(7, 11), torch.empty(13)]) == 17
