"""minLSTM against its equations written by hand, and as a model like any other."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seqkit import RNNConfig, RNNForCausalLM, plugins
from seqkit.engine import choose, run
from seqkit.testing import CellContract
from seqkit_mingru import MinLSTM


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def make_cell(bias: bool = True) -> MinLSTM:
    """Make a cell whose every parameter is random, so that no bias hides behind a zero."""
    cell = MinLSTM(3, 4, bias=bias)
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -1, 1)
    return cell


def by_hand(cell: MinLSTM, x: Tensor, h: Tensor) -> Tensor:
    """Run the paper's equations over x (B, T, D), step by step."""
    w_f, w_i, w_h = cell.weight.chunk(3)
    b_f, b_i, b_h = cell.bias.chunk(3) if cell.bias is not None else (0.0, 0.0, 0.0)
    outputs = []
    for x_t in x.unbind(1):
        f, i = torch.sigmoid(x_t @ w_f.T + b_f), torch.sigmoid(x_t @ w_i.T + b_i)
        h = f / (f + i) * h + i / (f + i) * (x_t @ w_h.T + b_h)
        outputs.append(h)
    return torch.stack(outputs, 1)


@pytest.mark.parametrize("plan", ["loop", "scan"])
@pytest.mark.parametrize("bias", [True, False])
def test_it_computes_the_equations_and_their_gradients(bias: bool, plan: str) -> None:
    cell, x, start = make_cell(bias), torch.randn(2, 6, 3), torch.randn(2, 4, requires_grad=True)
    expected = by_hand(cell, x, start)
    y, (final,) = run(cell, x, (start,), plan=plan)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(final, expected[:, -1])
    leaves = [start, *cell.parameters()]
    assert len(leaves) == 2 + bias
    for found, wanted in zip(
        torch.autograd.grad(y.square().sum(), leaves), torch.autograd.grad(expected.square().sum(), leaves), strict=True
    ):
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


def test_two_shut_gates_still_share_the_whole() -> None:
    cell = MinLSTM(1, 1)
    p = torch.tensor([[-500.0, -500.0, 3.0]], requires_grad=True)
    h, _ = cell.step(p, (torch.tensor([[1.0]]),))
    assert h.item() == 2.0  # half of what was, half of what is new
    h.sum().backward()
    assert p.grad.isfinite().all()


def test_it_is_found_by_its_entry_point_and_scanned() -> None:
    assert plugins.get("cells", "minlstm") is MinLSTM
    assert choose(MinLSTM(1, 1)).plan == "scan"


def test_it_begins_with_an_open_forget_gate_and_begins_anew_like_the_first_time() -> None:
    torch.manual_seed(1)
    cell = MinLSTM(3, 4, forget_bias=2.0)
    assert cell.bias.tolist() == [2.0] * 4 + [0.0] * 8
    first = {name: t.clone() for name, t in cell.state_dict().items()}
    for parameter in cell.parameters():
        nn.init.constant_(parameter, torch.nan)
    torch.manual_seed(1)
    cell.reset_parameters()
    assert all(torch.equal(first[name], t) for name, t in cell.state_dict().items())


def test_a_model_learns_writes_and_comes_back(tmp_path: Path) -> None:
    model = RNNForCausalLM(RNNConfig(cell="minlstm", vocab_size=9, hidden_size=16, num_hidden_layers=2))
    ids = torch.arange(24).reshape(2, 12) % 9
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(30):
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


class TestMinLSTM(CellContract):
    cell = MinLSTM
