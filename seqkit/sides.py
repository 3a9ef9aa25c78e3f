"""The two sides of an encoder-decoder: the checks of its fields, and the configuration of each side."""

import copy
from typing import Any

from seqkit.errors import ConfigError

ENCODER_DECODER = (
    *("num_decoder_layers", "decoder_cell", "decoder_cell_options", "encoder_vocab_size", "share_embeddings"),
    *("bridge", "max_source_length"),
)
"""Fields that mean something in an encoder-decoder only."""


def check_sides(config: Any) -> None:
    """Check the fields of an encoder-decoder, and refuse them to any other model.

    Args:
        config: an `RNNConfig` whose fields have been checked one by one.

    Raises:
        ConfigError: telling the value, the rule and the next step.
    """
    if not config.is_encoder_decoder:
        _check_alone(config)
        return
    if not config.vocab_size:
        raise ConfigError("vocab_size is None; an encoder-decoder needs the number of its decoder's tokens.")
    if start_token(config) is None:
        raise ConfigError(
            "decoder_start_token_id is None, and so is bos_token_id; the decoder has nothing to begin with. Set one."
        )
    if config.adaptive_cutoffs:
        raise ConfigError("adaptive_cutoffs is for language models; an encoder-decoder scores all words alike.")
    if config.decoder_cell is None and config.decoder_cell_options is not None:
        raise ConfigError("decoder_cell_options is set without decoder_cell. Set decoder_cell too.")
    if config.decoder_start_token_id is not None and config.decoder_start_token_id >= config.vocab_size:
        raise ConfigError(
            f"decoder_start_token_id ({config.decoder_start_token_id}) must be below vocab_size ({config.vocab_size})."
        )
    _check_sharing(config)
    _check_attention(config, config.output_size)


def _check_alone(config: Any) -> None:
    """Refuse fields of an encoder-decoder to a model that is none."""
    for name in ENCODER_DECODER:
        if value := getattr(config, name):
            raise ConfigError(
                f"{name} is {value!r}, but is_encoder_decoder is False. Set it True, or leave {name} out."
            )
    if config.add_cross_attention:
        if not config.is_decoder:
            raise ConfigError("add_cross_attention is True, but is_decoder is False. Set is_decoder=True.")
        _check_attention(config, config.cross_attention_hidden_size or config.hidden_size)
    elif config.attention or config.input_feeding:
        name = "attention" if config.attention else "input_feeding"
        raise ConfigError(
            f"{name} is {getattr(config, name)!r}, but there is no encoder to look at. Set is_encoder_decoder=True."
        )


def _check_sharing(config: Any) -> None:
    """Refuse one embedding where there are two vocabularies or no tokens to read."""
    if config.encoder_vocab_size and config.num_features:
        raise ConfigError(
            f"encoder_vocab_size ({config.encoder_vocab_size}) and num_features ({config.num_features}) are both set; "
            "an encoder reads either token ids or float vectors. Leave one of them None."
        )
    if not config.share_embeddings:
        return
    if config.num_features:
        raise ConfigError("share_embeddings is True, but with num_features the encoder reads vectors and has none.")
    if config.encoder_vocab_size not in (None, config.vocab_size):
        raise ConfigError(
            f"share_embeddings needs encoder_vocab_size ({config.encoder_vocab_size}) equal to vocab_size "
            f"({config.vocab_size}): one tokenizer for both sides."
        )


def _check_attention(config: Any, memory_size: int) -> None:
    """Refuse attention between vectors that cannot be compared, and what needs attention without it."""
    if config.input_feeding and not config.attention:
        raise ConfigError(
            "input_feeding is True, but attention is None: there is nothing to feed. Set attention='general'."
        )
    if config.attention == "dot" and memory_size != config.hidden_size:
        raise ConfigError(
            f"attention 'dot' needs encoder outputs as wide ({memory_size}) as the decoder's hidden_size "
            f"({config.hidden_size}). Use 'general' or 'additive'."
        )


def start_token(config: Any) -> int | None:
    """Return the id that the decoder reads first, or None if there is none."""
    return config.bos_token_id if config.decoder_start_token_id is None else config.decoder_start_token_id


def encoder_config(config: Any) -> Any:
    """Return the configuration of the encoder: a network that reads the source, in one or both directions.

    Args:
        config: an `RNNConfig` with `is_encoder_decoder`.
    """
    vocabulary = None if config.num_features else config.encoder_vocab_size or config.vocab_size
    return _side(config, vocab_size=vocabulary, use_cache=False)


def decoder_config(config: Any) -> Any:
    """Return the configuration of the decoder: a network that reads one way, and may look at M numbers a place.

    Args:
        config: an `RNNConfig` with `is_encoder_decoder`.
    """
    other: dict[str, Any] = {}
    if config.decoder_cell is not None:
        other = {"cell": config.decoder_cell, "cell_options": dict(config.decoder_cell_options or {})}
        # What the file recorded is where the encoder's cell comes from.
        other["provenance"] = None
    return _side(
        config,
        bidirectional=False,
        num_features=None,
        feature_means=None,
        feature_deviations=None,
        num_hidden_layers=config.num_decoder_layers or config.num_hidden_layers,
        # A state that comes from the encoder leaves nothing to learn.
        learn_initial_state=config.learn_initial_state and config.bridge == "none",
        is_decoder=True,
        add_cross_attention=True,
        cross_attention_hidden_size=config.output_size,
        attention=config.attention,
        attention_size=config.attention_size,
        input_feeding=config.input_feeding,
        tie_word_embeddings=config.tie_word_embeddings,
        **other,
    )


def _side(config: Any, **fields: Any) -> Any:
    """Copy a configuration, without what concerns both sides, and with some fields of its own."""
    side = copy.deepcopy(config)
    plain: dict[str, Any] = {
        "is_encoder_decoder": False,
        "tie_word_embeddings": False,
        "attention": None,
        "attention_size": None,
        "input_feeding": False,
        **{name: False if name == "share_embeddings" else None for name in ENCODER_DECODER},
    }
    for name, value in {**plain, **fields}.items():
        setattr(side, name, value)
    return side
