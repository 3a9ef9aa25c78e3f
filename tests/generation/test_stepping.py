import pytest
import torch

from seqkit.generation import stepping
from seqkit.generation.stepping import Projections, Stepper
from seqkit.models import RNNCache, RNNForCausalLM
from tests.cases import CELLS, make_cell, model

FIELDS = [
    {},
    {"num_hidden_layers": 3},
    {"num_hidden_layers": 2, "layer_norm": True, "residual": True},
    {"embedding_size": 4, "residual": True, "zoneout": 0.2},
    {"tie_word_embeddings": True, "num_hidden_layers": 2},
]


@pytest.mark.parametrize("expected", [0, 1000])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("fields", FIELDS, ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_steps_are_forwards_of_one_place(cell: str, fields: dict, batch: int, expected: int) -> None:
    network = model(RNNForCausalLM, cell, **fields)
    ids = torch.randint(0, 11, (batch, 9))
    cache = RNNCache(network.config)
    with torch.no_grad():
        network(ids[:, :3], past_key_values=cache)
        stepper = Stepper(network, cache.state, expected)
        for t in range(3, 9):
            scores, output = stepper(ids[:, t].tolist())
            torch.testing.assert_close(scores, network(ids[:, t : t + 1], past_key_values=cache).logits[:, 0])
            torch.testing.assert_close(output, cache.output)
    for ours, theirs in zip(stepper.state, cache.state, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("expected", [0, 4, 5])
def test_projections_are_computed_once_a_token(expected: int) -> None:
    cell, embedding = make_cell("lstm"), torch.randn(5, 3)
    calls: list[int] = []
    project = cell.project
    cell.project = lambda x: (calls.append(len(x)), project(x))[1]
    whole = project(embedding[:, None])[:, 0]
    table = Projections(cell, embedding, expected)
    for tokens in ([1], [1], [1, 2, 1], [2, 4]):
        torch.testing.assert_close(table(tokens), whole[tokens])
    # The first call asks how much memory one takes.
    assert calls == ([1, 5] if expected == 5 else [1, 1, 1, 1])


def test_projections_do_not_outgrow_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepping, "TABLE_BYTES", 3 * 16 * 4)
    cell, embedding = make_cell("lstm"), torch.randn(9, 3)
    table = Projections(cell, embedding, expected=100)
    assert not table.rows
    whole = cell.project(embedding[:, None])[:, 0]
    for tokens in ([0, 1], [2], [3, 0], [1, 1], [8, 7, 6, 5], [5]):
        torch.testing.assert_close(table(tokens), whole[tokens])
        assert len(table.rows) <= 4
