import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit import plugins
from seqkit.diagnostics import gradient_through_time
from seqkit.errors import ConfigError, DataError
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification, RNNModel
from tests.cases import MASKS, model

IDS = torch.arange(28).view(4, 7) * 3 % 11
EVERY_CELL = sorted(plugin.qualified for plugin in plugins.list_plugins("cells") if plugin.status == "ok")


def cut(made: Any, ids: Tensor, d: int) -> list[float]:
    """The reference: stop `d` tokens before the last prediction, and differentiate by the state there (T,)."""
    end = len(ids) - 1
    with torch.no_grad():
        (state,) = made(ids[None, : end - d], return_state=True).state
    leaves = [tensor.detach().requires_grad_() for tensor in state]
    logits = made(ids[None, end - d : end], initial_state=(tuple(leaves),)).logits[0, -1]
    grads = torch.autograd.grad(F.cross_entropy(logits, ids[end]), leaves, allow_unused=True)
    return [0.0 if grad is None else float(grad.norm()) for grad in grads]


@pytest.mark.parametrize("cell", EVERY_CELL)
def test_norms_are_those_of_a_run_cut_in_two(cell: str) -> None:
    made = model(RNNForCausalLM, cell).double()  # but for its loss, which transformers computes in float32
    (curve,) = gradient_through_time(made, {"input_ids": IDS}).curves
    assert curve.values.shape == (4, 6)
    tensors = len(made.rnn_layers[0].init_state(1))
    for row, ids in enumerate(IDS):
        for d in range(1, 5):
            expected = cut(made, ids, d)
            found = [float(part[row, d]) for part in curve.parts[:tensors]]
            assert found == pytest.approx(expected, rel=1e-5, abs=1e-9)
            assert float(curve.values[row, d]) == pytest.approx(math.hypot(*expected), rel=1e-5, abs=1e-9)


def test_two_layers_as_a_loop_by_hand() -> None:
    made = model(RNNForCausalLM, "rnn", num_hidden_layers=2).double()
    first, second = (layer.directions[0] for layer in made.rnn_layers)
    ids = IDS[0]
    lower = upper = torch.zeros(1, 6, dtype=torch.float64)
    states: list[list[Tensor]] = [[], []]
    for x in made.get_input_embeddings()(ids[:-1])[:, None]:
        lower = torch.tanh(x @ first.weight_ih.T + first.bias_ih + lower @ first.weight_hh.T + first.bias_hh)
        upper = torch.tanh(lower @ second.weight_ih.T + second.bias_ih + upper @ second.weight_hh.T + second.bias_hh)
        for kept, h in zip(states, (lower, upper), strict=True):
            h.retain_grad()
            kept.append(h)
    F.cross_entropy(made.lm_head(upper), ids[-1:]).backward()
    curves = gradient_through_time(made, {"input_ids": ids[None]}).curves
    for curve, kept in zip(curves, states, strict=True):
        expected = torch.stack([h.grad.norm() for h in reversed(kept)])
        torch.testing.assert_close(curve.values[0], expected)


@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
@pytest.mark.parametrize("side", ["left", "right", "scattered"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_padded_row_is_the_row_alone(side: str, pooling: str, bidirectional: bool) -> None:
    made = model(
        RNNForSequenceClassification, "lstm", pooling=pooling, bidirectional=bidirectional, num_hidden_layers=2
    )
    mask, labels = torch.tensor(MASKS[side]), torch.tensor([0, 1, 1, 0])
    ids = IDS[:, :5].masked_fill(mask == 0, 99)  # what padding holds is nobody's business
    whole = gradient_through_time(made, {"input_ids": ids, "attention_mask": mask, "labels": labels})
    for row in range(3):  # the fourth has no token
        real = ids[row][mask[row].bool()][None]
        alone = gradient_through_time(made, {"input_ids": real, "labels": labels[row : row + 1]})
        for padded, plain in zip(whole.curves, alone.curves, strict=True):
            assert len(padded.values) == 3
            torch.testing.assert_close(padded.values[row, : real.shape[1]], plain.values[0])
            assert bool(padded.values[row, real.shape[1] :].isnan().all())


@pytest.mark.parametrize("side", ["left", "right", "scattered"])
def test_a_padded_text_is_the_text_alone(side: str) -> None:
    made, mask = model(RNNForCausalLM, "gru"), torch.tensor(MASKS[side])
    ids = IDS[:, :5].masked_fill(mask == 0, 99)
    (whole,) = gradient_through_time(made, {"input_ids": ids, "attention_mask": mask}).curves
    rows = [row for row in range(4) if mask[row].sum() > 1]
    assert len(whole.values) == len(rows)
    for values, row in zip(whole.values, rows, strict=True):
        real = ids[row][mask[row].bool()][None]
        (alone,) = gradient_through_time(made, {"input_ids": real}).curves
        torch.testing.assert_close(values[: real.shape[1] - 1], alone.values[0])


@pytest.mark.parametrize("name", ["labels", "shift_labels"])
def test_of_several_documents_the_last_is_looked_at(name: str) -> None:
    made, resets = model(RNNForCausalLM, "lstm"), torch.tensor([[0, 1, 0, 1, 0, 0, 0], [0] * 7])
    labels = IDS[:2] if name == "labels" else IDS[:2].roll(-1, 1)
    batch = {"input_ids": IDS[:2], "reset_mask": resets, name: labels}
    (whole,) = gradient_through_time(made, batch).curves
    for row, start in enumerate((3, 0)):
        alone = {"input_ids": IDS[row : row + 1, start:], name: labels[row : row + 1, start:]}
        (curve,) = gradient_through_time(made, alone).curves
        length = curve.values.shape[1]
        torch.testing.assert_close(whole.values[row, :length], curve.values[0])
        assert bool(whole.values[row, length:].isnan().all())
    with pytest.raises(DataError, match="a reset_mask and an initial_state"):
        gradient_through_time(made, {**batch, "initial_state": ((torch.zeros(2, 6),) * 2,)})


def test_a_tagger_looks_from_its_last_label_and_back_from_its_first() -> None:
    made = model(RNNForTokenClassification, "rnn", bidirectional=True)
    labels = torch.tensor([[-100, 1, 0, 1, 0, -100, -100]])
    forward, backward = gradient_through_time(made, {"input_ids": IDS[:1], "labels": labels}).curves
    assert (forward.values.shape, backward.values.shape) == ((1, 5), (1, 6))  # places 4 to 0, and 1 to 6
    # The loss of one place reads one direction's state there, and each goes back in its own order.
    cells = made.rnn_layers[0].directions
    x = made.get_input_embeddings()(IDS[0]).detach()
    for curve, cell, order in ((forward, cells[0], range(5)), (backward, cells[1], range(6, 0, -1))):
        h, kept = torch.zeros(1, 6), []
        for t in order:
            h = torch.tanh(
                F.linear(x[t : t + 1], cell.weight_ih, cell.bias_ih) + F.linear(h, cell.weight_hh, cell.bias_hh)
            )
            h.retain_grad()
            kept.append(h)
        other = made.model(IDS[:1]).last_hidden_state[0, order[-1]].detach()
        half = slice(0, 6) if curve is forward else slice(6, 12)
        other[half] = 0
        joined = torch.cat([h, torch.zeros(1, 6)] if curve is forward else [torch.zeros(1, 6), h], 1) + other
        F.cross_entropy(made.classifier(joined), labels[:, order[-1]]).backward()
        expected = torch.stack([each.grad.norm() for each in reversed(kept)]).double()
        torch.testing.assert_close(curve.values[0], expected, rtol=1e-4, atol=1e-7)


def test_several_positions_are_rows_of_their_own() -> None:
    made = model(RNNForCausalLM, "gru")
    (three,) = gradient_through_time(made, {"input_ids": IDS}, positions=3).curves
    (shorter,) = gradient_through_time(made, {"input_ids": IDS[:, :-1]}).curves
    assert three.values.shape == (12, 6)
    torch.testing.assert_close(three.values[4:8, :5], shorter.values)


def test_nothing_is_left_behind() -> None:
    made = model(RNNForCausalLM, "lstm", output_dropout=0.5).train()
    random = torch.get_rng_state()
    with torch.no_grad():
        gradient_through_time(made, {"input_ids": IDS})
    assert made.training
    assert all(parameter.grad is None for parameter in made.parameters())
    assert torch.equal(torch.get_rng_state(), random)


def test_a_loss_of_ones_own_serves_a_model_without_a_head() -> None:
    made = model(RNNModel, "gru")
    found = gradient_through_time(made, {"input_ids": IDS}, loss=lambda out: out.last_hidden_state[:, -1].sum(-1))
    torch.testing.assert_close(found.curves[0].values[:, 0], torch.full((4,), 6**0.5, dtype=torch.float64))
    assert found.measured == "your loss"


def test_an_adapter_around_a_model_changes_nothing() -> None:
    peft = pytest.importorskip("peft")
    made = model(RNNForCausalLM, "lstm")
    (plain,) = gradient_through_time(made, {"input_ids": IDS}).curves
    wrapped = peft.get_peft_model(made, peft.LoraConfig(target_modules=["lm_head"], r=2))  # LoRA begins as nothing
    (found,) = gradient_through_time(wrapped, {"input_ids": IDS}).curves
    torch.testing.assert_close(found.values, plain.values)


def test_memory_is_the_furthest_hundredth_and_rate_the_slope() -> None:
    made = model(RNNForSequenceClassification, "rnn", cell_options={"nonlinearity": "relu"}, hidden_size=4)
    cell = made.rnn_layers[0].directions[0]
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.bias_ih.fill_(1.0)  # all units stay above zero, so each step multiplies by one half exactly
        cell.weight_hh.copy_(0.5 * torch.eye(4))
    batch = {"input_ids": torch.zeros(2, 20, dtype=torch.long), "labels": torch.tensor([0, 1])}
    (curve,) = gradient_through_time(made, batch).curves
    assert curve.rate == pytest.approx(0.5, rel=1e-5)
    assert curve.memory == 6  # 0.5^6 = 0.0156, 0.5^7 = 0.0078
    assert curve.forgets
    assert curve.quartiles.shape == (2, 20)
    assert curve.name == "layer 0 (RNN)"


def test_what_cannot_be_measured_says_why() -> None:
    with pytest.raises(DataError, match="no labels, so RNNForSequenceClassification gives no loss"):
        gradient_through_time(model(RNNForSequenceClassification), {"input_ids": IDS})
    with pytest.raises(DataError, match="no labels, so RNNModel"):
        gradient_through_time(model(RNNModel), {"input_ids": IDS})
    with pytest.raises(DataError, match="RNNModel gives no loss"):
        gradient_through_time(model(RNNModel), {"input_ids": IDS, "labels": IDS})
    with pytest.raises(DataError, match="its longest has 1 token"):
        gradient_through_time(model(RNNForCausalLM), {"input_ids": IDS[:, :1]})
    with pytest.raises(DataError, match="does not depend"):
        gradient_through_time(model(RNNModel), {"input_ids": IDS}, loss=lambda out: torch.zeros(4))
    with pytest.raises(ConfigError, match="positions is 0"):
        gradient_through_time(model(RNNForCausalLM), {"input_ids": IDS}, positions=0)


def test_one_token_is_a_curve_of_one_distance() -> None:
    batch = {"input_ids": IDS[:, :1], "labels": torch.tensor([0, 1, 0, 1])}
    (curve,) = gradient_through_time(model(RNNForSequenceClassification), batch).curves
    assert curve.values.shape == (4, 1)
    assert curve.memory == 0
    assert math.isnan(curve.rate)
