import pytest
import torch

from seqkit.cells.rnn import RNN
from tests.cases import make_cell


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
@pytest.mark.parametrize("bias", [True, False])
def test_a_step_is_torchs(nonlinearity: str, bias: bool) -> None:
    cell = make_cell("rnn", nonlinearity=nonlinearity, bias=bias)
    theirs = torch.nn.RNNCell(3, 4, bias=bias, nonlinearity=nonlinearity)
    theirs.load_state_dict(cell.state_dict())
    x, h = torch.randn(5, 3), torch.randn(5, 4)
    found, (state,) = cell.step(cell.project(x[:, None])[:, 0], (h,))
    torch.testing.assert_close(found, theirs(x, h))
    assert state is found


def test_equation_by_hand() -> None:
    cell = RNN(1, 1)
    for parameter, value in zip(
        (cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh), (2, 3, 0.5, 0.25), strict=True
    ):
        torch.nn.init.constant_(parameter, value)
    h, _ = cell.step(cell.project(torch.tensor([[[0.1]]]))[:, 0], (torch.tensor([[0.2]]),))
    torch.testing.assert_close(h, torch.tanh(torch.tensor([[2 * 0.1 + 3 * 0.2 + 0.75]])))


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_declares_its_kernel(nonlinearity: str) -> None:
    assert RNN(3, 4, nonlinearity=nonlinearity).torch_kernel().mode == f"rnn_{nonlinearity}"
