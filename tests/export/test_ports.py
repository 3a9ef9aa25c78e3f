"""What a graph is tried with."""

import torch

from seqkit.export.ports import padding, ports, samples, start, state_widths
from seqkit.models import RNNForCausalLM, RNNForTokenClassification
from tests.cases import model
from tests.export.cases import tagger

SIZES = {"B": 5, "T": 9, "C": 4}


def test_names_and_axes() -> None:
    network = model(RNNForCausalLM, "lstm", num_hidden_layers=2)
    whole = {port.name: port.axes for port in ports(network, False, True)}
    assert list(whole) == ["input_ids", "attention_mask", "state.0.0", "state.0.1", "state.1.0", "state.1.1"]
    assert whole["input_ids"] == ("B", "T")
    assert {port.name: port.axes for port in ports(network, True, True)}["input_ids"] == ("B",)
    assert state_widths(network)["state.1.1"] == 6
    read = {port.name: port.axes for port in ports(tagger()[0], False, False)}
    assert read == {"input_ids": ("B", "T"), "attention_mask": ("B", "T"), "character_ids": ("B", "T", "C")}


def test_rows_are_ragged_in_every_way_and_padding_is_poisoned() -> None:
    given = ports(model(RNNForTokenClassification, "gru", num_features=3, num_labels=2), False, False)
    vectors, mask = samples(given, SIZES)
    assert torch.equal(vectors.isnan().all(-1), mask == 0)
    assert mask.sum(1).tolist() == [9, 5, 5, 0, 3]
    ids, mask, characters = samples(ports(tagger()[0], False, False), SIZES)
    assert torch.equal(ids < 0, mask == 0)
    # Once there is no character there is none behind it.
    assert ((characters == 0).int().diff(dim=-1) >= 0).all()


def test_every_kind_of_padding() -> None:
    assert [padding(kind, 4).tolist() for kind in range(5)] == [
        [0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], [0, 1, 0, 0],
    ]  # fmt: skip


def test_the_beginning_is_the_learnt_one() -> None:
    network = model(RNNForCausalLM, "gru", learn_initial_state=True)
    assert torch.equal(start(network)["state.0.0"], network.rnn_layers[0].initial_state[0])
