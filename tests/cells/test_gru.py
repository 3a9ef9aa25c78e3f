import pytest
import torch

from seqkit.cells.gru import GRU
from tests.cases import make_cell


@pytest.mark.parametrize("bias", [True, False])
def test_a_step_is_torchs(bias: bool) -> None:
    cell = make_cell("gru", bias=bias)
    theirs = torch.nn.GRUCell(3, 4, bias=bias)
    theirs.load_state_dict(cell.state_dict())
    x, h = torch.randn(5, 3), torch.randn(5, 4)
    found, (state,) = cell.step(cell.project(x[:, None])[:, 0], (h,))
    torch.testing.assert_close(found, theirs(x, h))
    assert state is found


def test_an_open_update_gate_keeps_the_state() -> None:
    cell = make_cell("gru")
    with torch.no_grad():
        cell.bias_ih[4:8] = 1e4  # z
    h = torch.randn(2, 4)
    found, _ = cell.step(cell.project(torch.randn(2, 1, 3))[:, 0], (h,))
    torch.testing.assert_close(found, h)


def test_declares_its_kernel() -> None:
    assert GRU(3, 4).torch_kernel().mode == "gru"
