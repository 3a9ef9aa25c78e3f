import pytest
import torch

from seqkit.cells.lstm import LSTM
from tests.cases import make_cell


@pytest.mark.parametrize("bias", [True, False])
def test_a_step_is_torchs(bias: bool) -> None:
    cell = make_cell("lstm", bias=bias)
    theirs = torch.nn.LSTMCell(3, 4, bias=bias)
    theirs.load_state_dict(cell.state_dict())
    x, h, c = torch.randn(5, 3), torch.randn(5, 4), torch.randn(5, 4)
    found, (state_h, state_c) = cell.step(cell.project(x[:, None])[:, 0], (h, c))
    expected_h, expected_c = theirs(x, (h, c))
    torch.testing.assert_close(found, expected_h)
    torch.testing.assert_close(state_c, expected_c)
    assert state_h is found


@pytest.mark.parametrize("forget_bias", [1.0, 0, -2.5])
def test_the_forget_gate_begins_where_it_is_told(forget_bias: float) -> None:
    b_i, b_f, b_g, b_o = (LSTM(3, 4, forget_bias=forget_bias).bias_ih.detach()).chunk(4)
    assert torch.equal(b_f, torch.full((4,), float(forget_bias)))
    assert not torch.cat([b_i, b_g, b_o]).any()


def test_forget_bias_needs_no_bias() -> None:
    assert LSTM(3, 4, bias=False).bias_ih is None


def test_declares_its_kernel() -> None:
    assert LSTM(3, 4).torch_kernel().mode == "lstm"
    assert len(LSTM(3, 4).init_state(2)) == 2
