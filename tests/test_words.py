from typing import Any

import pytest

from seqkit.errors import ConfigError
from seqkit.models import RNNModel
from seqkit.words import character_size, character_weights, encoder_parts, refuse_characters, word_size
from tests.cases import config

CHARACTERS = {"character_vocab_size": 9, "character_hidden_size": 4}


@pytest.mark.parametrize(
    ("fields", "width"),
    [
        ({}, 4),
        ({"character_encoder": "rnn"}, 8),
        ({"character_encoder": "both"}, 12),
        ({"character_encoder": "both", "character_kernel_sizes": [2, 3]}, 16),
    ],
)
def test_the_width_is_what_the_first_layer_reads(fields: dict[str, Any], width: int) -> None:
    made = config(**CHARACTERS, **fields, embedding_size=5)
    assert (word_size(made), character_size(made), made.input_size) == (5, width, 5 + width)
    network = RNNModel(made)
    assert network.layers[0].input_size == 5 + width
    counted = sum(parameter.numel() for parameter in network.characters.parameters())
    assert 0.5 < character_weights(made) / counted < 2


def test_without_characters_nothing_is_added() -> None:
    assert (word_size(config()), character_size(config()), encoder_parts(config())) == (6, 0, ())
    assert RNNModel(config()).characters is None


def test_without_words_characters_are_all() -> None:
    assert config(**CHARACTERS, vocab_size=None).input_size == 4


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"character_encoder": "rnn"}, "character_vocab_size is None"),
        ({**CHARACTERS, "num_features": 3}, "both set"),
        ({**CHARACTERS, "character_kernel_sizes": []}, "one width at least"),
        ({**CHARACTERS, "character_kernel_sizes": [0]}, "character_kernel_sizes"),
        ({**CHARACTERS, "character_encoder": "lstm"}, "character_encoder"),
        ({"character_vocab_size": 2**21, "character_embedding_size": 65536}, "parameters"),
        ({"word_dropout": 0.1}, "unk_token_id is None"),
        ({"unk_token_id": 11}, "below vocab_size"),
    ],
)
def test_what_does_not_go_together_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(**fields)


def test_who_writes_words_has_no_characters() -> None:
    refuse_characters(config(), "it")
    with pytest.raises(ConfigError, match="an oracle writes token ids"):
        refuse_characters(config(**CHARACTERS), "an oracle")
