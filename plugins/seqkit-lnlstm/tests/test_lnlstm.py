"""The layer-norm LSTM against its equations written by hand, and as a model like any other."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seqkit import RNNConfig, RNNForCausalLM, plugins
from seqkit.cells import LSTM
from seqkit.engine import Noise, choose, run
from seqkit.testing import CellContract
from seqkit_lnlstm import LayerNormLSTM


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def make_cell(bias: bool = True, eps: float = 1e-3) -> LayerNormLSTM:
    """Make a cell whose every parameter is random, so that no gain hides behind a one."""
    cell = LayerNormLSTM(3, 5, bias=bias, eps=eps)
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -1, 1)
    return cell


def normal(a: Tensor, gain: Tensor, bias: Tensor | None, eps: float) -> Tensor:
    """Normalise by the formula."""
    mean = a.mean(-1, keepdim=True)
    variance = ((a - mean) ** 2).mean(-1, keepdim=True)
    return gain * (a - mean) / (variance + eps) ** 0.5 + (0.0 if bias is None else bias)


def by_hand(cell: LayerNormLSTM, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Run the paper's equations over x (B, T, D), step by step."""
    outputs = []
    for x_t in x.unbind(1):
        a = normal(h @ cell.weight_hh.T, cell.gain_hh, cell.bias_hh, cell.eps)
        b = normal(x_t @ cell.weight_ih.T, cell.gain_ih, cell.bias_ih, cell.eps)
        i, f, g, o = (a + b).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(normal(c, cell.gain_c, cell.bias_c, cell.eps))
        outputs.append(h)
    return torch.stack(outputs, 1), c


@pytest.mark.parametrize("plan", ["loop", "compiled"])
@pytest.mark.parametrize("bias", [True, False])
def test_it_computes_the_equations_and_their_gradients(bias: bool, plan: str) -> None:
    cell, x = make_cell(bias), torch.randn(2, 6, 3)
    start = torch.randn(2, 5, requires_grad=True), torch.randn(2, 5, requires_grad=True)
    expected, end = by_hand(cell, x, *start)
    if plan == "compiled" and choose(cell).plan != "compiled":
        pytest.skip("no C++ compiler is found")
    y, (h, c) = run(cell, x, start, plan=plan)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(h, expected[:, -1])
    torch.testing.assert_close(c, end)
    leaves = [*start, *cell.parameters()]
    assert len(leaves) == 2 + 5 + 3 * bias
    found = torch.autograd.grad(y.square().sum() + c.sum(), leaves)
    for gradient, wanted in zip(found, torch.autograd.grad(expected.square().sum() + end.sum(), leaves), strict=True):
        torch.testing.assert_close(gradient, wanted, atol=1e-5, rtol=1e-5)


def test_it_is_found_by_its_entry_point_and_declares_no_kernel() -> None:
    assert plugins.get("cells", "lnlstm") is LayerNormLSTM
    assert LayerNormLSTM(2, 2).torch_kernel() is None
    assert choose(LayerNormLSTM(2, 2)).plan in ("compiled", "loop")


def test_it_begins_as_an_lstm_and_begins_anew_like_the_first_time() -> None:
    torch.manual_seed(1)
    cell = LayerNormLSTM(3, 5)
    torch.manual_seed(1)
    plain = LSTM(3, 5)
    assert all(torch.equal(cell.state_dict()[name], t) for name, t in plain.state_dict().items())
    for parameter in cell.parameters():
        nn.init.constant_(parameter, torch.nan)
    torch.manual_seed(1)
    cell.reset_parameters()
    assert torch.equal(cell.weight_hh, plain.weight_hh)
    assert all(bool((gain == 1).all()) for gain in (cell.gain_ih, cell.gain_hh, cell.gain_c))
    assert not cell.bias_c.any()


@pytest.mark.parametrize("training", [True, False])
def test_zoneout_keeps_units_of_both_states(training: bool) -> None:
    cell, x = make_cell().train(training), torch.randn(4, 9, 3)
    start = torch.randn(4, 5), torch.randn(4, 5)
    y, final = run(cell, x, start, noise=Noise(zoneout=0.5), plan="loop")
    torch.testing.assert_close(y[:, -1], final[0])  # the next layer sees what the next step sees
    step = run(cell, x[:, :1], start, noise=Noise(zoneout=0.5), plan="loop")[1]
    bare = run(cell, x[:, :1], start, plan="loop")[1]
    for kept, new, old in zip(step, bare, start, strict=True):
        if training:
            assert bool(((kept == new) | (kept == old)).all())
            assert 0 < (kept == old).sum() < kept.numel()
        else:
            torch.testing.assert_close(kept, (new + old) / 2)


def test_a_model_learns_with_all_its_dropouts_writes_and_comes_back(tmp_path: Path) -> None:
    config = RNNConfig(
        cell="lnlstm",
        vocab_size=9,
        hidden_size=16,
        num_hidden_layers=2,
        weight_dropout=0.1,
        recurrent_dropout=0.1,
        zoneout=0.05,
        cell_options={"eps": 1e-4},
    )
    model, ids = RNNForCausalLM(config), torch.arange(24).reshape(2, 12) % 9
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        losses.append(model(ids, labels=ids).loss)
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < 0.5 * losses[0]
    model.eval().save_pretrained(tmp_path)
    again = RNNForCausalLM.from_pretrained(tmp_path)
    written = model.generate(ids[:, :4], max_new_tokens=5, do_sample=False)
    assert written[0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert torch.equal(again.generate(ids[:, :4], max_new_tokens=5, do_sample=False), written)


class TestLayerNormLSTM(CellContract):
    cell = LayerNormLSTM
