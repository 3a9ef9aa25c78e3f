from typing import Any

import pytest
import torch
from torch import Tensor

from seqkit.diagnostics.recording import Trace, record, watched
from seqkit.errors import ConfigError, DataError
from seqkit.generation import quantize
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNModel
from tests.cases import CELLS, MASKS, model

IDS = torch.arange(20).view(4, 5) % 11


def traced(made: Any, **batch: Tensor) -> list[Trace]:
    return record(made, batch)


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_recorded_is_what_the_model_computes(cell: str) -> None:
    made = model(RNNModel, cell, num_hidden_layers=2, bidirectional=True, zoneout=0.2)
    traces = traced(made, input_ids=IDS)
    assert [(trace.layer, trace.direction) for trace in traces] == [
        (0, "forward"), (0, "backward"), (1, "forward"), (1, "backward"),
    ]  # fmt: skip
    found = torch.stack([moment.output for moment in traces[2].moments], 1)  # (B, T, H)
    expected = made(IDS).last_hidden_state[..., :6]
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("side", ["left", "right", "scattered"])
def test_real_tokens_stand_in_the_order_of_running(side: str) -> None:
    mask = torch.tensor(MASKS[side])
    forward, backward = traced(model(bidirectional=True), input_ids=IDS, attention_mask=mask)
    assert torch.equal(forward.real, mask.bool())
    assert torch.equal(backward.real, mask.bool().flip(1))
    assert len(forward.places()) == int(mask.sum())
    assert len(forward.spread(3)) == 3


def test_everything_is_as_it_was() -> None:
    made = model(RNNForSequenceClassification, "lstm", hidden_dropout=0.5, zoneout=0.3, num_hidden_layers=2)
    made.train()
    made.model.layers[1].eval()
    made.plan = "loop"
    modes = {name: module.training for name, module in made.named_modules()}
    noise, random = made.rnn_layers[0].noise, torch.get_rng_state()
    first = traced(made, input_ids=IDS)
    assert {name: module.training for name, module in made.named_modules()} == modes
    assert (made.plan, made.rnn_layers[0].noise) == ("loop", noise)
    assert "step" not in vars(made.rnn_layers[0].directions[0])
    assert torch.equal(torch.get_rng_state(), random)
    # Evaluation draws no masks: what was watched is the same twice.
    second = traced(made, input_ids=IDS)
    assert torch.equal(first[1].moments[-1].output, second[1].moments[-1].output)


def test_a_model_that_fails_is_put_right_too() -> None:
    made = model(RNNModel).train()
    with pytest.raises(DataError, match="input_ids holds 99"):
        record(made, {"input_ids": torch.full((1, 3), 99)})
    assert made.training
    assert made.plan == "auto"
    assert "step" not in vars(made.rnn_layers[0].directions[0])


def test_frozen_weights_and_inference_mode_still_give_nodes() -> None:
    made = model(RNNModel)
    made.requires_grad_(False)
    with watched(made, {"input_ids": IDS}, linked=True) as (traces, given, _):
        loss = made(**given).last_hidden_state.sum()
    grads = torch.autograd.grad(loss, [moment.after[0] for moment in traces[0].moments])
    assert all(float(grad.abs().sum()) > 0 for grad in grads)


def test_there_must_be_something_to_look_at() -> None:
    with pytest.raises(ConfigError, match="Linear has no recurrent layers"):
        record(torch.nn.Linear(2, 2), {"input_ids": IDS})
    with pytest.raises(DataError, match="no real token"):
        record(model(), {"input_ids": IDS, "attention_mask": torch.zeros(4, 5)})
    with pytest.raises(DataError, match="no real token"):
        record(model(), {"input_ids": IDS[:, :0]})
    with pytest.raises(DataError, match="the batch has x; expected"):
        record(model(), {"labels": IDS, "x": 1})
    with pytest.raises(ConfigError, match="8 bits"):
        record(quantize(model(RNNForCausalLM)), {"input_ids": IDS})
