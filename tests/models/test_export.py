"""`torch.export` and `torch.compile` give what the model gives, for any batch, any length and any padding."""

import io
from typing import Any

import pytest
import torch
from torch import Tensor

from seqkit.errors import StateError
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification, RNNModel
from tests.cases import CELL_OPTIONS, CELLS, HEADS, gradients, model, same

B, T = torch.export.Dim("B"), torch.export.Dim("T")
ROWS = {"input_ids": {0: B, 1: T}, "attention_mask": {0: B, 1: T}}


def batch(rows: int, length: int) -> dict[str, Tensor]:
    """Make a batch padded on the right, on the left and not at all, as far as it is large enough."""
    mask = torch.ones(rows, length, dtype=torch.long)
    if length > 4:
        mask[0, 3:] = 0
        mask[-1, :2] = 0
    return {"input_ids": torch.randint(0, 11, (rows, length)), "attention_mask": mask}


def export(network: Any) -> Any:
    """Export a network for any batch and length, save it, and load it again."""
    file = io.BytesIO()
    torch.export.save(torch.export.export(network, (), batch(3, 7), dynamic_shapes=ROWS), file)
    file.seek(0)
    return torch.export.load(file).module()


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("cell", "options"), CELL_OPTIONS, ids=str)
def test_an_exported_model_takes_any_batch_and_length(cell: str, options: dict[str, Any], bidirectional: bool) -> None:
    fields = {"num_hidden_layers": 2, "bidirectional": bidirectional, "cell_options": options, "num_labels": 3}
    network = model(RNNForTokenClassification, cell, **fields)
    exported = export(network)
    for rows, length in ((3, 7), (5, 12), (1, 1), (2, 1), (1, 9), (4, 40)):
        given = batch(rows, length)
        with torch.no_grad():
            torch.testing.assert_close(exported(**given).logits, network(**given).logits, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("kind", HEADS)
def test_every_head_is_exported(kind: type) -> None:
    network = model(kind, "lstm", use_cache=False, pad_token_id=0)
    exported, given = export(network), batch(4, 9)
    with torch.no_grad():
        torch.testing.assert_close(exported(**given).logits, network(**given).logits, atol=1e-6, rtol=1e-6)


def test_a_cache_is_refused_by_name() -> None:
    with pytest.raises(StateError, match="use_cache=False"):
        export(model(RNNModel, "lstm"))


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_the_state_of_padded_rows_is_exported(cell: str) -> None:
    network = model(RNNForCausalLM, cell, num_hidden_layers=2)
    wanted = {"use_cache": False, "return_state": True}
    dynamic = {**ROWS, "use_cache": None, "return_state": None}
    exported = torch.export.export(network, (), {**batch(3, 7), **wanted}, dynamic_shapes=dynamic).module()
    given = batch(5, 12)
    given["attention_mask"][1] = 0
    with torch.no_grad():
        found, expected = exported(**given, **wanted).state, network(**given, **wanted).state
    for state, twin in zip(found, expected, strict=True):
        torch.testing.assert_close(state, twin, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_compiled_model_learns_as_before(cell: str, bidirectional: bool) -> None:
    network = model(RNNForSequenceClassification, cell, bidirectional=bidirectional, num_labels=3, layer_norm=True)
    compiled = torch.compile(network, backend="aot_eager", dynamic=True)
    leaves, labels = dict(network.named_parameters()), torch.tensor([0, 2, 1])
    for length in (5, 8):
        given = batch(3, length)
        found, expected = (f(**given, labels=labels) for f in (compiled, network))
        same(
            {"y": found.logits, **gradients(found.loss, leaves)},
            {"y": expected.logits, **gradients(expected.loss, leaves)},
        )


def test_new_lengths_are_not_compiled_anew() -> None:
    graphs = []

    def backend(graph: Any, _: Any) -> Any:
        graphs.append(graph)
        return graph

    network = torch.compile(model(RNNForCausalLM, "gru", use_cache=False), backend=backend, dynamic=True)
    counts = []
    with torch.no_grad():
        for length in range(5, 12):
            network(**batch(3, length))
            counts.append(len(graphs))
    assert counts[-1] == counts[1]


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_inductor_agrees(cell: str) -> None:
    network, given = model(RNNForTokenClassification, cell, bidirectional=True, num_labels=3), batch(3, 8)
    leaves = dict(network.named_parameters())
    found, expected = (f(**given).logits for f in (torch.compile(network, dynamic=True), network))
    same(
        {"y": found, **gradients(found.square().sum(), leaves)},
        {"y": expected, **gradients(expected.square().sum(), leaves)},
    )
