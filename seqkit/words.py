"""What a configuration says of words and their characters: widths of vectors, and what does not go together."""

from typing import TYPE_CHECKING

from seqkit.errors import ConfigError

if TYPE_CHECKING:
    from seqkit.config import RNNConfig

ENCODERS = {"cnn": ("cnn",), "rnn": ("rnn",), "both": ("cnn", "rnn")}
"""The parts of each character encoder."""


def encoder_parts(config: "RNNConfig") -> tuple[str, ...]:
    """Return the parts of the character encoder, in the order in which their vectors stand; none if it has none."""
    return ENCODERS[config.character_encoder or "cnn"] if config.character_vocab_size else ()


def kernel_sizes(config: "RNNConfig") -> list[int]:
    """Return the widths of the CNN's filters."""
    return list(config.character_kernel_sizes or [3])


def word_size(config: "RNNConfig") -> int:
    """Return the width E of a word's own vector: 0 where a word is its characters alone."""
    alone = config.character_vocab_size and not config.vocab_size
    return 0 if alone else config.embedding_size or config.hidden_size


def character_size(config: "RNNConfig") -> int:
    """Return the width of what a word's characters say, 0 where they are not read.

    Example:
        >>> from seqkit import RNNConfig
        >>> character_size(RNNConfig(character_vocab_size=30, character_encoder="both", character_hidden_size=20))
        60
    """
    shares = {"cnn": len(kernel_sizes(config)), "rnn": 2}
    return sum(shares[part] for part in encoder_parts(config)) * config.character_hidden_size


def character_weights(config: "RNNConfig") -> int:
    """Return about how many parameters the character encoder has, four gates standing for any cell."""
    width, hidden = config.character_embedding_size, config.character_hidden_size
    sizes = {"cnn": hidden * width * sum(kernel_sizes(config)), "rnn": 8 * hidden * (width + hidden)}
    return (config.character_vocab_size or 0) * width + sum(sizes[part] for part in encoder_parts(config))


def check_words(config: "RNNConfig") -> None:
    """Check that what is said of words and characters goes together.

    Raises:
        ConfigError: telling what is lacking.
    """
    if config.character_vocab_size is None and config.character_encoder is not None:
        raise ConfigError(
            f"character_encoder is {config.character_encoder!r}, but character_vocab_size is None. Train with the "
            "tokenizer 'word-char', and take the number of its characters."
        )
    if config.character_vocab_size and config.num_features:
        raise ConfigError(
            f"character_vocab_size ({config.character_vocab_size}) and num_features ({config.num_features}) are both "
            "set; float vectors have no characters. Leave one of them None."
        )
    if config.character_kernel_sizes == []:
        raise ConfigError("character_kernel_sizes is []; expected one width at least, such as [3].")
    if config.word_dropout and config.unk_token_id is None:
        raise ConfigError(
            f"word_dropout is {config.word_dropout}, but unk_token_id is None. Set it to the tokenizer's unk_token_id."
        )


def refuse_characters(config: "RNNConfig", who: str) -> None:
    """Refuse a model that writes words, and so has none of whose characters it could read.

    Args:
        config: the configuration.
        who: what the model is, for the message.

    Raises:
        ConfigError: if the configuration has characters.
    """
    if config.character_vocab_size:
        raise ConfigError(
            f"character_vocab_size is {config.character_vocab_size}; {who} writes token ids, whose characters nobody "
            "gives it. Use a tokenizer without characters, such as 'word' or 'char'."
        )
