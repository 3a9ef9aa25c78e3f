from typing import Any

import pytest
import torch

from seqkit import plugins
from seqkit.errors import ConfigError
from seqkit.models.bridge import Bridge, LinearBridge, StepBridge
from tests.cases import CELLS
from tests.seq2seq import SOURCE, SOURCE_MASK, TARGET, model

ALL = sorted(row.name for row in plugins.list_plugins("cells") if row.status == "ok")
"""Every cell that is installed, those of plugins too."""


@pytest.mark.parametrize("cell", CELLS)
def test_equal_sides_hand_the_state_over(cell: str) -> None:
    network = model(cell=cell)
    assert type(network.bridge) is Bridge
    state = network.encoder(SOURCE, SOURCE_MASK).state
    made = network.bridge(state, network.decoder.rnn_layers)
    assert all(a is b for old, new in zip(state, made, strict=True) for a, b in zip(old, new, strict=True))


def test_a_map_reads_all_of_the_layer_beside_it() -> None:
    network = model(cell="lstm", bidirectional=True)
    bridge = network.bridge
    assert type(bridge) is LinearBridge
    state = network.encoder(SOURCE, SOURCE_MASK).state
    made = bridge(state, network.decoder.rnn_layers)
    for layer in range(2):
        summary = torch.cat(state[layer], -1)  # h and c of both directions
        for tensor in range(2):
            each: Any = bridge.maps[layer]
            torch.testing.assert_close(made[layer][tensor], torch.tanh(each[tensor](summary)))


def test_layers_are_paired_from_the_top() -> None:
    assert model(num_hidden_layers=3, num_decoder_layers=1).bridge.pairs == [2]
    assert model(num_hidden_layers=1, num_decoder_layers=3).bridge.pairs == [0, 0, 0]


@pytest.mark.parametrize("decoder", ALL)
@pytest.mark.parametrize("encoder", ["gru", "lstm"])
def test_any_cell_follows_any(encoder: str, decoder: str) -> None:
    network = model(cell=encoder, decoder_cell=decoder, bidirectional=True, attention="general").train()
    outputs = network(SOURCE, attention_mask=SOURCE_MASK, labels=TARGET)
    outputs.loss.backward()
    for name, parameter in network.named_parameters():
        if name.startswith("bridge"):
            assert parameter.grad is not None, name
            assert torch.isfinite(parameter.grad).all(), name
    assert any(p.grad.any() for p in network.bridge.parameters())


def test_a_step_is_a_step_of_the_cell() -> None:
    network = model(cell="lstm", bridge="step", num_hidden_layers=1)
    assert type(network.bridge) is StepBridge
    state = network.encoder(SOURCE, SOURCE_MASK).state
    ((h, c),) = network.bridge(state, network.decoder.rnn_layers)
    x = torch.tanh(network.bridge.maps[0](torch.cat(state[0], -1)))
    _, (_, expected) = network.decoder.rnn_layers[0](x[:, None])[0], network.decoder.rnn_layers[0](x[:, None])[1]
    torch.testing.assert_close(c, expected)
    assert h.shape == c.shape


def test_a_copy_between_unlike_sides_is_refused() -> None:
    for other in ({"bidirectional": True}, {"decoder_cell": "lstm"}, {"num_decoder_layers": 1}):
        with pytest.raises(ConfigError, match="bridge is 'copy'"):
            model(bridge="copy", **other)


def test_without_a_bridge_the_decoder_begins_with_its_own() -> None:
    network = model(bridge="none", attention="additive", learn_initial_state=True)
    assert network.bridge is None
    loss = network(SOURCE, attention_mask=SOURCE_MASK, labels=TARGET).loss
    loss.backward()
    initial = network.decoder.rnn_layers[0].initial_state
    assert initial is not None
    assert initial[0].grad is not None
    assert initial[0].grad.any()
