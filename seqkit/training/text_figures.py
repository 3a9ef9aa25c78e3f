"""The figures of a language model on a text."""

import math
from typing import Any

import numpy as np

from seqkit.data.characters import character_table
from seqkit.data.streams import StreamDataset, Streams

PIECE = 1 << 16
"""Tokens that are turned back into text at once."""


def text_figures(nats: float, characters_per_token: float | None = None) -> dict[str, float]:
    """Return the loss of a text in every unit that is in use.

    Args:
        nats: mean loss per token.
        characters_per_token: None leaves bits per character out.

    Returns:
        `loss` (nats per token), `perplexity` = e^loss, `bits_per_token` = loss / ln 2, and `bits_per_character` =
        loss / ln 2 / characters per token.

    Example:
        >>> figures = text_figures(math.log(4), characters_per_token=2.0)
        >>> {name: round(value, 6) for name, value in figures.items() if name != "loss"}
        {'perplexity': 4.0, 'bits_per_token': 2.0, 'bits_per_character': 1.0}
    """
    figures = {"loss": nats, "perplexity": math.exp(min(nats, 700)), "bits_per_token": nats / math.log(2)}
    if characters_per_token:
        figures["bits_per_character"] = figures["bits_per_token"] / characters_per_token
    return figures


def characters_per_token(data: Streams, tokenizer: Any) -> float | None:
    """Return how many characters a token of a text stands for.

    Args:
        data: the text; what it says of itself is taken.
        tokenizer: else it is exactly 1 where each character has a token, and counted in the text that its ids decode
            to where not (an unknown token counts as none, which flatters nobody).

    Returns:
        The mean, or None if neither tells.
    """
    if data.characters_per_token is None and tokenizer is not None and isinstance(data, StreamDataset):
        # Counted once: a text is evaluated many times in a training.
        table = character_table(tokenizer)
        data.characters_per_token = 1.0 if table is not None and table.one_to_one else _count(data.ids, tokenizer)
    return data.characters_per_token


def _count(ids: Any, tokenizer: Any) -> float:
    pieces = (np.asarray(ids[begin : begin + PIECE]) for begin in range(0, len(ids), PIECE))
    return sum(len(tokenizer.decode(piece.tolist(), skip_special_tokens=True)) for piece in pieces) / len(ids)
