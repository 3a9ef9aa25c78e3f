import torch

from seqkit.cells import GRU, LSTM
from seqkit.testing.cell.bench import B, CellBench, D, H, T, follow, gradients, inputs, leaves, plans, start


def test_sizes_differ() -> None:
    assert len({B, T, D, H}) == 4


def test_a_made_cell_has_no_zeros_and_a_fresh_one_its_own_beginning() -> None:
    bench = CellBench(GRU, {"recurrent_init": "uniform"})
    assert not bench.fresh().bias_ih.any()
    assert all((parameter != 0).all() for parameter in leaves(bench.make()))
    assert bench.make(torch.float64).weight_hh.dtype == torch.float64


def test_a_state_is_that_after_some_tokens_and_always_the_same() -> None:
    cell = CellBench(LSTM).make()
    first, second = start(cell), start(cell)
    assert [tensor.shape for tensor in first] == [(B, H), (B, H)]
    assert all(torch.equal(*pair) for pair in zip(first, second, strict=True))
    assert all(tensor.any() and tensor.requires_grad for tensor in first)


def test_gradients_are_zeros_where_the_results_do_not_reach() -> None:
    x, other = inputs(), torch.ones(2, requires_grad=True)
    found = gradients([2 * x], [x, other])
    assert found[0].any()
    assert not found[1].any()
    assert not gradients([torch.ones(1)], [other])[0].any()


def test_plans_are_those_that_run() -> None:
    cell = CellBench(GRU).make()
    assert {"loop", "fused"} <= set(plans(cell))
    assert "scan" not in plans(cell)
    assert follow(cell, inputs())[0].shape == (B, T, H)
