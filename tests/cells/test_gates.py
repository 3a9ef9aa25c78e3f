import pytest
import torch

from seqkit.cells.gates import GatedCell
from tests.cases import make_cell


@pytest.mark.parametrize("gates", [1, 3, 4])
def test_sizes(gates: int) -> None:
    cell = GatedCell(3, 5, gates, True, "orthogonal")
    assert {name: tuple(p.shape) for name, p in cell.named_parameters()} == {
        "weight_ih": (gates * 5, 3),
        "weight_hh": (gates * 5, 5),
        "bias_ih": (gates * 5,),
        "bias_hh": (gates * 5,),
    }


def test_without_bias_there_is_none() -> None:
    cell = GatedCell(3, 5, 4, False, "orthogonal")
    assert [name for name, _ in cell.named_parameters()] == ["weight_ih", "weight_hh"]
    assert len(cell.kernel("lstm").weights) == 2


def test_recurrent_weights_begin_orthogonal_or_uniform() -> None:
    blocks = GatedCell(3, 8, 3, True, "orthogonal").weight_hh.detach().split(8)
    for block in blocks:
        torch.testing.assert_close(block @ block.T, torch.eye(8))
    uniform = GatedCell(3, 64, 3, True, "uniform").weight_hh.detach()
    assert uniform.abs().max() <= 64**-0.5
    assert uniform.abs().max() > 0.9 * 64**-0.5


def test_input_weights_begin_glorot_per_gate() -> None:
    limit = (6 / (16 + 32)) ** 0.5
    weight = GatedCell(16, 32, 4, True, "orthogonal").weight_ih.detach()
    assert 0.9 * limit < weight.abs().max() <= limit


def test_projection_is_both_biases_and_one_product() -> None:
    cell = make_cell("lstm")
    x = torch.randn(2, 3, 3)
    torch.testing.assert_close(cell.project(x), x @ cell.weight_ih.T + cell.bias_ih + cell.bias_hh)
