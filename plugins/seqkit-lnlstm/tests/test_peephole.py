"""The peephole LSTM against its equations written by hand and against torch's LSTM, and as a model like any other."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seqkit import RNNConfig, RNNForCausalLM, plugins
from seqkit.engine import Noise, choose, run
from seqkit.testing import CellContract
from seqkit_lnlstm import PeepholeLSTM


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def make_cell(bias: bool = True) -> PeepholeLSTM:
    """Make a cell whose every parameter is random, so that no peephole is shut."""
    cell = PeepholeLSTM(3, 4, bias=bias)
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -1, 1)
    return cell


def by_hand(cell: PeepholeLSTM, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Run the paper's equations over x (B, T, D), gate by gate and step by step."""
    w_i, w_f, w_g, w_o = cell.weight_ih.chunk(4)
    u_i, u_f, u_g, u_o = cell.weight_hh.chunk(4)
    b_i, b_f, b_g, b_o = [0.0] * 4 if cell.bias_ih is None else (cell.bias_ih + cell.bias_hh).chunk(4)
    outputs = []
    for x_t in x.unbind(1):
        i = torch.sigmoid(x_t @ w_i.T + h @ u_i.T + b_i + cell.weight_c[0] * c)
        f = torch.sigmoid(x_t @ w_f.T + h @ u_f.T + b_f + cell.weight_c[1] * c)
        c = f * c + i * torch.tanh(x_t @ w_g.T + h @ u_g.T + b_g)
        o = torch.sigmoid(x_t @ w_o.T + h @ u_o.T + b_o + cell.weight_c[2] * c)
        h = o * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs, 1), c


@pytest.mark.parametrize("plan", ["loop", "compiled"])
@pytest.mark.parametrize("bias", [True, False])
def test_it_computes_the_equations_and_their_gradients(bias: bool, plan: str) -> None:
    cell, x = make_cell(bias), torch.randn(2, 6, 3)
    start = torch.randn(2, 4, requires_grad=True), torch.randn(2, 4, requires_grad=True)
    expected, end = by_hand(cell, x, *start)
    if plan == "compiled" and choose(cell).plan != "compiled":
        pytest.skip("no C++ compiler is found")
    y, (h, c) = run(cell, x, start, plan=plan)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(h, expected[:, -1])
    torch.testing.assert_close(c, end)
    leaves = [*start, *cell.parameters()]
    assert len(leaves) == 2 + 3 + 2 * bias
    found = torch.autograd.grad(y.square().sum() + c.sum(), leaves)
    for gradient, wanted in zip(found, torch.autograd.grad(expected.square().sum() + end.sum(), leaves), strict=True):
        torch.testing.assert_close(gradient, wanted, atol=1e-5, rtol=1e-5)


def test_with_its_peepholes_shut_it_is_torchs_lstm() -> None:
    cell, module = PeepholeLSTM(3, 4), nn.LSTM(3, 4, batch_first=True)
    assert not cell.weight_c.any()
    names = {name: name.removesuffix("_l0") for name, _ in module.named_parameters()}
    module.load_state_dict({name: cell.state_dict()[own] for name, own in names.items()})
    x = torch.randn(2, 6, 3)
    y, (h, c) = run(cell, x)
    expected, (h_end, c_end) = module(x)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close((h, c), (h_end[0], c_end[0]))


def test_it_is_found_by_its_entry_point_and_declares_no_kernel() -> None:
    assert plugins.get("cells", "peephole") is PeepholeLSTM
    assert PeepholeLSTM(2, 2).torch_kernel() is None
    assert choose(PeepholeLSTM(2, 2)).plan in ("compiled", "loop")


def test_dropout_reaches_the_peepholes_too() -> None:
    cell = PeepholeLSTM(1, 200)
    for name, parameter in cell.named_parameters():
        nn.init.constant_(parameter, float(name == "weight_c"))
    start = torch.zeros(1, 200), torch.ones(1, 200)
    y, _ = run(cell, torch.zeros(1, 1, 1), start, noise=Noise(recurrent_dropout=0.5), plan="loop")
    assert len(y.unique()) == 2  # units of the memory that the gates see, twice as strong, and units that they do not


def test_a_model_learns_writes_and_comes_back(tmp_path: Path) -> None:
    model = RNNForCausalLM(RNNConfig(cell="peephole", vocab_size=9, hidden_size=16, zoneout=0.05, weight_dropout=0.1))
    ids = torch.arange(24).reshape(2, 12) % 9
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        losses.append(model(ids, labels=ids).loss)
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < 0.5 * losses[0]
    assert model.model.layers[0].cells[0].weight_c.abs().max() > 0
    model.eval().save_pretrained(tmp_path)
    again = RNNForCausalLM.from_pretrained(tmp_path)
    written = model.generate(ids[:, :4], max_new_tokens=5, do_sample=False)
    assert written[0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert torch.equal(again.generate(ids[:, :4], max_new_tokens=5, do_sample=False), written)


class TestPeepholeLSTM(CellContract):
    cell = PeepholeLSTM
