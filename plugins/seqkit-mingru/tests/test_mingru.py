"""minGRU against its equations written by hand, and as a model like any other."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seqkit import RNNConfig, RNNForCausalLM, RNNForTokenClassification, RNNModel, plugins
from seqkit.engine import choose, run
from seqkit.testing import CellContract
from seqkit_mingru import MinGRU


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def make_cell(bias: bool = True) -> MinGRU:
    """Make a cell whose every parameter is random, so that no bias hides behind a zero."""
    cell = MinGRU(3, 4, bias=bias)
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -1, 1)
    return cell


def by_hand(cell: MinGRU, x: Tensor, h: Tensor) -> Tensor:
    """Run the paper's equations over x (B, T, D), step by step."""
    w_z, w_h = cell.weight.chunk(2)
    b_z, b_h = cell.bias.chunk(2) if cell.bias is not None else (0.0, 0.0)
    outputs = []
    for x_t in x.unbind(1):
        z = torch.sigmoid(x_t @ w_z.T + b_z)
        h = (1 - z) * h + z * (x_t @ w_h.T + b_h)
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


def test_it_is_found_by_its_entry_point_and_scanned() -> None:
    assert plugins.get("cells", "mingru") is MinGRU
    assert plugins.get("cells", "seqkit-mingru/mingru") is MinGRU
    assert choose(MinGRU(1, 1)).plan == "scan"


def test_it_begins_anew_like_the_first_time() -> None:
    torch.manual_seed(1)
    cell = MinGRU(3, 4)
    first = {name: t.clone() for name, t in cell.state_dict().items()}
    for parameter in cell.parameters():
        nn.init.constant_(parameter, torch.nan)
    torch.manual_seed(1)
    cell.reset_parameters()
    assert all(torch.equal(first[name], t) for name, t in cell.state_dict().items())
    assert not cell.bias.any()


def test_a_padded_row_is_the_row_alone_in_both_directions() -> None:
    model = RNNForTokenClassification(
        RNNConfig(cell="mingru", vocab_size=9, hidden_size=6, num_hidden_layers=2, bidirectional=True)
    ).eval()
    ids = torch.randint(9, (2, 5))
    mask = torch.tensor([[1, 1, 1, 1, 1], [0, 1, 1, 1, 0]])
    together = model(ids, attention_mask=mask).logits
    alone = model(ids[1:, 1:4]).logits
    torch.testing.assert_close(together[1:, 1:4], alone)


def test_a_saved_model_comes_back_and_writes_the_same(tmp_path: Path) -> None:
    config = RNNConfig(cell="mingru", vocab_size=9, hidden_size=6, num_hidden_layers=2, cell_options={"bias": False})
    model = RNNForCausalLM(config).eval()
    model.save_pretrained(tmp_path)
    again = RNNForCausalLM.from_pretrained(tmp_path)
    prompt = torch.tensor([[1, 2, 3], [4, 5, 6]])
    written = model.generate(prompt, max_new_tokens=5, do_sample=False)
    assert torch.equal(again.generate(prompt, max_new_tokens=5, do_sample=False), written)
    assert {row["plan"] for row in again.explain()} == {"scan"}


def test_the_carried_state_goes_on_where_it_was() -> None:
    model, ids = RNNModel(RNNConfig(cell="mingru", vocab_size=9, hidden_size=6)).eval(), torch.randint(9, (2, 6))
    whole = model(ids).last_hidden_state
    first = model(ids[:, :4], use_cache=True)
    second = model(ids[:, 4:], past_key_values=first.past_key_values).last_hidden_state
    torch.testing.assert_close(torch.cat([first.last_hidden_state, second], 1), whole)


class TestMinGRU(CellContract):
    cell = MinGRU
