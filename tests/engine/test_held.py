import torch

from benchmarks.equations import PlainLSTM
from seqkit.engine.held import holding, tensors_of


def test_tensors_are_held_and_given_back_by_name() -> None:
    cell = PlainLSTM(3, 4)
    full, other = cell.recurrent.weight, torch.zeros(16, 4)
    with holding(cell, {"recurrent.weight": other}):
        assert cell.recurrent.weight is other
        assert tensors_of(cell)["recurrent.weight"] is other
        with holding(cell, {"recurrent.weight": full}):
            assert cell.recurrent.weight is full
        assert cell.recurrent.weight is other
    assert cell.recurrent.weight is full
    assert "weight" not in vars(cell.recurrent)
