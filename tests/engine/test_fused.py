from typing import Any

import pytest
import torch

from seqkit.engine import fused as module
from seqkit.engine.fused import fused, packed, padded, whole
from seqkit.engine.loop import loop
from tests.cases import CELLS, make_cell, make_state, same

KERNELS = [name for name in CELLS if make_cell(name).torch_kernel() is not None]


def test_the_classic_cells_have_kernels() -> None:
    assert {"rnn", "gru", "lstm"} <= set(KERNELS)


@pytest.mark.parametrize("name", KERNELS)
def test_whole_rows(name: str) -> None:
    cell, x = make_cell(name), torch.randn(3, 4, 3)
    state = make_state(cell, 3)
    y, final = whole(cell.torch_kernel(), x, state)
    expected, end = loop(cell, x, state, None)
    same({"y": y, **dict(enumerate(final))}, {"y": expected, **dict(enumerate(end))})


@pytest.mark.parametrize("lengths", [[4, 2, 1], [1, 4, 2], [0, 4, 0], [0, 0, 0]], ids=str)
@pytest.mark.parametrize("how", [packed, padded])
@pytest.mark.parametrize("name", KERNELS)
def test_ragged_rows_of_any_length_and_order(name: str, how: Any, lengths: list[int]) -> None:
    cell, x = make_cell(name), torch.randn(3, 4, 3)
    state = make_state(cell, 3)
    y, final = how(cell.torch_kernel(), x, state, torch.tensor(lengths))
    assert y.shape == (3, 4, 4)
    for row, length in enumerate(lengths):
        own = tuple(t[row : row + 1] for t in state)
        expected, end = loop(cell, x[row : row + 1, :length], own, None)
        torch.testing.assert_close(y[row : row + 1, :length], expected)
        same(dict(enumerate(t[row : row + 1] for t in final)), dict(enumerate(end)))


@pytest.mark.parametrize("name", KERNELS)
def test_padding_that_is_run_through_gives_no_gradient(name: str) -> None:
    cell, x = make_cell(name), torch.randn(3, 9, 3, requires_grad=True)
    state, lengths, found = make_state(cell, 3), torch.tensor([9, 5, 1]), []
    real = torch.arange(9) < lengths[:, None]
    for how in (packed, padded):
        for leaf in (x, *cell.parameters()):
            leaf.grad = None
        y, final = how(cell.torch_kernel(), x, state, lengths)
        (y[real].sin().sum() + sum(s.cos().sum() for s in final)).backward()
        found.append({"x": x.grad, **{key: p.grad for key, p in cell.named_parameters()}})
    same(found[1], found[0])
    assert not found[1]["x"][~real].any()


def test_a_state_stands_still_in_padding_under_autocast() -> None:
    cell, x = make_cell("lstm"), torch.randn(2, 50, 3)
    state = make_state(cell, 2)
    with torch.autocast("cpu", torch.bfloat16):
        _, final = padded(cell.torch_kernel(), x, state, torch.tensor([3, 3]))
        _, end = whole(cell.torch_kernel(), x[:, :3], state)
    same(dict(enumerate(final)), {index: s.float() for index, s in enumerate(end)})


def test_the_final_state_is_left_out_where_it_costs() -> None:
    cell, mask = make_cell("gru"), torch.tensor([[True, False, True]])
    state = make_state(cell, 1)
    assert fused(cell, torch.zeros(1, 3, 3), state, mask, need_state=False)[1] is None
    assert fused(cell, torch.zeros(1, 3, 3), state, mask)[1] is not None


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", KERNELS)
def test_gradients_pass_in_either_mode(name: str, training: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    cell, told = make_cell(name).train(training), []
    mode = cell.torch_kernel().mode
    kernel, ragged = module.KERNELS[mode], torch.tensor([[1, 1, 1], [1, 0, 0]]).bool()

    def spy(*args: Any) -> Any:
        # (…, train, bidirectional, batch_first) for whole rows, (…, train, bidirectional) for packed ones.
        told.append(args[-3] if args[-1] else args[-2])
        return kernel(*args)

    monkeypatch.setitem(module.KERNELS, mode, spy)
    for mask in (None, ragged):
        fused(cell, torch.randn(2, 3, 3), make_state(cell, 2), mask)
    with torch.no_grad():
        fused(cell, torch.randn(2, 3, 3), make_state(cell, 2), None)
    # cuDNN's backward pass works only if its forward pass was told to train.
    assert told == [True, True, False]
