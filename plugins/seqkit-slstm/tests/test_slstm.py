"""sLSTM against the paper's equations without their stabiliser, where these do not overflow, and as a model."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seqkit import RNNConfig, RNNForCausalLM, plugins
from seqkit.engine import choose, run
from seqkit.testing import CellContract
from seqkit_slstm import SLSTM

GATES = ["sigmoid", "exp"]


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def make_cell(forget_gate: str = "sigmoid", bias: bool = True, size: float = 1.0) -> SLSTM:
    """Make a cell whose every parameter is random."""
    cell = SLSTM(3, 4, bias=bias, forget_gate=forget_gate)
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -size, size)
    return cell


def reached(cell: SLSTM, batch: int = 2) -> tuple[Tensor, ...]:
    """Return a state as the cell itself comes to it: not any four tensors are one."""
    with torch.no_grad():
        return run(cell, torch.randn(batch, 3, 3), plan="loop")[1]


def by_hand(cell: SLSTM, x: Tensor, h: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """Run the paper's equations (8) to (14) over x (B, T, D), without a stabiliser."""
    w_i, w_f, w_z, w_o = cell.weight_ih.chunk(4)
    r_i, r_f, r_z, r_o = cell.weight_hh.chunk(4)
    b_i, b_f, b_z, b_o = [0.0] * 4 if cell.bias_ih is None else (cell.bias_ih + cell.bias_hh).chunk(4)
    outputs = []
    for x_t in x.unbind(1):
        z = torch.tanh(x_t @ w_z.T + h @ r_z.T + b_z)
        i = torch.exp(x_t @ w_i.T + h @ r_i.T + b_i)
        f = x_t @ w_f.T + h @ r_f.T + b_f
        f = torch.sigmoid(f) if cell.forget_gate == "sigmoid" else torch.exp(f)
        o = torch.sigmoid(x_t @ w_o.T + h @ r_o.T + b_o)
        c = f * c + i * z
        n = f * n + i
        h = o * (c / n)
        outputs.append(h)
    return torch.stack(outputs, 1)


@pytest.mark.parametrize("plan", ["loop", "compiled"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("forget_gate", GATES)
def test_it_computes_the_equations_and_their_gradients(forget_gate: str, bias: bool, plan: str) -> None:
    cell, x = make_cell(forget_gate, bias), torch.randn(2, 6, 3)
    if plan == "compiled" and choose(cell).plan != "compiled":
        pytest.skip("no C++ compiler is found")
    h, c, n, m = start = tuple(tensor.requires_grad_() for tensor in reached(cell))
    expected = by_hand(cell, x, h, c * m.exp(), n * m.exp())
    y, final = run(cell, x, start, plan=plan)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(final[0], expected[:, -1])
    leaves = [*start, *cell.parameters()]
    found = torch.autograd.grad(y.square().sum(), leaves)
    for gradient, wanted in zip(found, torch.autograd.grad(expected.square().sum(), leaves), strict=True):
        torch.testing.assert_close(gradient, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("forget_gate", GATES)
def test_plans_agree_in_all_four_states_and_their_gradients(forget_gate: str) -> None:
    cell, x = make_cell(forget_gate), torch.randn(3, 7, 3)
    if choose(cell).plan != "compiled":
        pytest.skip("no C++ compiler is found")
    mask = torch.tensor([[1, 1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0, 0]]).bool()
    results = []
    for plan in ("loop", "compiled"):
        y, final = run(cell, x, None, mask, plan=plan)
        loss = y.square().sum() + sum((index + 1) * tensor[:2].sum() for index, tensor in enumerate(final))
        results.append((y, *final, *torch.autograd.grad(loss, list(cell.parameters()))))
    torch.testing.assert_close(results[1], results[0], atol=1e-5, rtol=1e-5)


def test_the_first_step_knows_nothing_of_before() -> None:
    cell, x = make_cell(), torch.randn(2, 1, 3)
    zeros = torch.zeros(2, 4)
    torch.testing.assert_close(run(cell, x)[0], by_hand(cell, x, zeros, zeros, zeros))


@pytest.mark.parametrize("plan", ["loop", "compiled"])
@pytest.mark.parametrize("forget_gate", GATES)
def test_no_gate_is_too_strong(forget_gate: str, plan: str) -> None:
    cell, x = make_cell(forget_gate, size=300.0), torch.randn(2, 50, 3)
    if plan == "compiled" and choose(cell).plan != "compiled":
        pytest.skip("no C++ compiler is found")
    assert not by_hand(cell, x, *torch.zeros(3, 2, 4)).isfinite().all()
    y, (_, _, n, _) = run(cell, x, plan=plan)
    assert y.abs().max() <= 1
    assert n.min() >= 1
    assert all(t.isfinite().all() for t in torch.autograd.grad(y.sum(), list(cell.parameters())))


def test_it_is_found_by_its_entry_point_and_has_four_states() -> None:
    assert plugins.get("cells", "slstm") is SLSTM
    assert SLSTM(2, 2).torch_kernel() is None
    assert choose(SLSTM(2, 2)).plan in ("compiled", "loop")
    assert [tensor.shape for tensor in SLSTM(3, 4).init_state(2)] == [(2, 4)] * 4
    assert all(tensor.isfinite().all() for tensor in SLSTM(3, 4).half().init_state(2))


def test_a_model_learns_writes_and_comes_back(tmp_path: Path) -> None:
    config = RNNConfig(
        cell="slstm",
        vocab_size=9,
        hidden_size=16,
        num_hidden_layers=2,
        weight_dropout=0.1,
        learn_initial_state=True,
        cell_options={"forget_gate": "exp"},
    )
    model, ids = RNNForCausalLM(config), torch.arange(24).reshape(2, 12) % 9
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(80):
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
    beams = model.generate(ids[:, :4], max_new_tokens=5, num_beams=3, do_sample=False)
    assert beams.shape == (2, 9)


class TestSLSTM(CellContract):
    cell = SLSTM


class TestExponentialForgetGate(CellContract):
    cell = SLSTM
    options = {"forget_gate": "exp"}
