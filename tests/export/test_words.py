"""A model of characters in two graphs says what it says in one piece."""

from pathlib import Path
from typing import Any

import pytest
import torch

from seqkit.export import export_onnx
from seqkit.export.ports import ports, samples
from seqkit.export.words import CharacterGraph, WordsRead, given_vectors, word_ports
from seqkit.models import RNNForSequenceClassification, RNNForTokenClassification
from tests.cases import model
from tests.export.cases import tagger

SIZES = {"B": 5, "T": 9, "C": 4}


@pytest.mark.parametrize("vocabulary", [12, None], ids=["words too", "characters alone"])
@pytest.mark.parametrize("kind", [RNNForTokenClassification, RNNForSequenceClassification])
def test_vectors_in_the_place_of_characters_change_nothing(kind: type, vocabulary: int | None) -> None:
    read = {"vocab_size": vocabulary, "character_vocab_size": 9, "character_hidden_size": 3, "num_labels": 3}
    network = model(kind, "gru", bidirectional=True, **read)
    given = ports(network, False, False)
    ids, mask, characters = samples(given, SIZES)
    expected = network(ids, attention_mask=mask, character_ids=characters).logits
    (vectors,) = CharacterGraph(network)(characters.flatten(0, 1))
    found = WordsRead(network)(ids, vectors.unflatten(0, characters.shape[:2]), mask).logits
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    assert network.config.character_vocab_size == 9  # the model itself is left as it was
    assert network(ids, attention_mask=mask, character_ids=characters).logits.equal(expected)


def test_what_goes_into_the_two_graphs() -> None:
    network = tagger()[0]
    assert [(port.name, port.axes) for port in word_ports(network)] == [("character_ids", ("B", "C"))]
    whole, step = (
        {port.name: port.axes for port in given_vectors(ports(network, one, False), network)} for one in (False, True)
    )
    assert whole == {"input_ids": ("B", "T"), "attention_mask": ("B", "T"), "character_vectors": ("B", "T", 12)}
    assert step == {"input_ids": ("B",), "character_vectors": ("B", 12)}
    plain = ports(model(RNNForTokenClassification, num_labels=2), False, False)
    assert given_vectors(plain, network) == plain


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["cnn", "rnn", "both"])
@pytest.mark.parametrize("bidirectional", [True, False], ids=["both ways", "with steps"])
def test_every_encoder_is_held_to_torch(encoder: str, bidirectional: bool, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"character_encoder": encoder, "bidirectional": bidirectional}
    made = export_onnx(*tagger(**fields), tmp_path / "onnx")
    assert ("step.onnx" in made.differences) != bidirectional
    assert all(difference <= 1e-5 for difference in made.differences.values())
