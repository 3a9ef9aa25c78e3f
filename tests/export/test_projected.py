"""A table of projections in place of the first layer's product."""

import pytest
import torch

from seqkit.export import projected as module
from seqkit.export.projected import projected
from seqkit.models import RNNForCausalLM, RNNForTokenClassification
from tests.cases import CELLS, model
from tests.export.cases import tagger


@pytest.mark.parametrize("cell", CELLS)
def test_scores_are_the_same(cell: str) -> None:
    network = model(RNNForCausalLM, cell, num_hidden_layers=2, tie_word_embeddings=True, embedding_size=6)
    before = network.model.embed_tokens.weight.clone()
    table, ids = projected(network), torch.randint(11, (3, 9))
    assert table is not network
    with torch.no_grad():
        torch.testing.assert_close(table(ids[:, :1]).logits, network(ids[:, :1]).logits)
    assert torch.equal(network.model.embed_tokens.weight, before)


def test_where_it_would_be_wrong_or_large_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [
        tagger(bidirectional=False)[0],
        model(RNNForTokenClassification, "gru", num_features=3),
        model(RNNForCausalLM, "gru", residual=True),
    ]
    assert all(projected(network) is network for network in others)
    network = model(RNNForCausalLM, "gru")
    assert projected(network) is not network
    monkeypatch.setattr(module, "LARGEST", 3)
    assert projected(network) is network
