from typing import Any

import pytest

from seqkit.config import RNNConfig
from seqkit.errors import ConfigError
from seqkit.sides import decoder_config, encoder_config, start_token
from tests.seq2seq import config

HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"vocab_size": None}, "vocab_size is None"),
    ({"bos_token_id": None}, "decoder_start_token_id is None"),
    ({"decoder_start_token_id": 11}, r"decoder_start_token_id \(11\) must be below"),
    ({"attention": "cosine"}, "attention is 'cosine'"),
    ({"attention": "dot", "bidirectional": True}, "attention 'dot' needs"),
    ({"input_feeding": True}, "there is nothing to feed"),
    ({"attention_size": 0, "attention": "additive"}, "attention_size is 0"),
    ({"num_decoder_layers": 0}, "num_decoder_layers is 0"),
    ({"num_decoder_layers": 10**9}, "num_decoder_layers"),
    ({"decoder_cell": "no-such-cell"}, "no-such-cell"),
    ({"decoder_cell": "os:system"}, "os:system"),
    ({"decoder_cell_options": {"bias": False}}, "without decoder_cell"),
    ({"decoder_cell": "gru", "decoder_cell_options": {"bais": False}}, "bais"),
    ({"encoder_vocab_size": 20, "share_embeddings": True}, "one tokenizer"),
    ({"num_features": 3, "share_embeddings": True}, "reads vectors"),
    ({"num_features": 3, "encoder_vocab_size": 5}, "both set"),
    ({"adaptive_cutoffs": [3]}, "adaptive_cutoffs is for language models"),
    ({"bridge": "ferry"}, "bridge is 'ferry'"),
    ({"max_source_length": 0}, "max_source_length is 0"),
    ({"max_source_length": True}, "max_source_length is True"),
    ({"embedding_size": 5, "tie_word_embeddings": True}, "tie_word_embeddings needs"),
]


@pytest.mark.parametrize(("fields", "text"), HOSTILE)
def test_a_hostile_configuration_is_refused_by_name(fields: dict[str, Any], text: str) -> None:
    from seqkit.models import RNNForConditionalGeneration

    with pytest.raises((ConfigError, ValueError), match=text) as caught:
        RNNForConditionalGeneration(config(**fields))
    assert type(caught.value).__module__.startswith("seqkit"), caught.value


@pytest.mark.parametrize(
    "fields",
    [
        {"num_decoder_layers": 2},
        {"decoder_cell": "gru"},
        {"encoder_vocab_size": 5},
        {"share_embeddings": True},
        {"bridge": "copy"},
        {"max_source_length": 5},
        {"attention": "general"},
        {"input_feeding": True},
        {"add_cross_attention": True},
    ],
)
def test_other_models_refuse_its_fields(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"is_encoder_decoder|is_decoder"):
        RNNConfig(vocab_size=5, **fields)


def test_each_side_gets_its_own_configuration() -> None:
    both = config(
        cell="lstm", cell_options={"bias": False}, bidirectional=True, num_decoder_layers=3, decoder_cell="gru",
        encoder_vocab_size=20, attention="additive", attention_size=4, learn_initial_state=True,
    )  # fmt: skip
    encoder, decoder = encoder_config(both), decoder_config(both)
    for side in (encoder, decoder):
        side.check()
        assert not side.is_encoder_decoder
    assert (encoder.cell, encoder.vocab_size, encoder.bidirectional) == ("lstm", 20, True)
    assert (encoder.num_hidden_layers, encoder.attention, encoder.learn_initial_state) == (2, None, True)
    assert (decoder.cell, decoder.cell_options, decoder.vocab_size) == ("gru", {}, 11)
    assert (decoder.num_hidden_layers, decoder.bidirectional, decoder.attention_size) == (3, False, 4)
    assert decoder.cross_attention_hidden_size == 12
    assert not decoder.learn_initial_state
    assert both.cell == "lstm"


def test_vectors_and_a_vocabulary_go_together_here_alone() -> None:
    both = config(num_features=3)
    assert encoder_config(both).vocab_size is None
    assert decoder_config(both).num_features is None
    with pytest.raises(ConfigError, match="both set"):
        RNNConfig(vocab_size=5, num_features=3)


def test_the_first_token() -> None:
    assert start_token(config()) == 1
    assert start_token(config(decoder_start_token_id=4)) == 4


def test_the_width_that_the_head_reads() -> None:
    assert config(bidirectional=True).readout_size == 6
    assert config(attention="general", embedding_size=4).readout_size == 6
    assert config(attention="general", embedding_size=4, tie_word_embeddings=True).readout_size == 4
    assert RNNConfig(vocab_size=5, hidden_size=4, bidirectional=True).readout_size == 8
