"""Puts word vectors that others have trained into a model's embedding, and tells how many of its words have one."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from seqkit.data.vectors import read_vectors
from seqkit.errors import ConfigError


@dataclass(frozen=True)
class Coverage:
    """How much of a vocabulary has vectors.

    Args:
        words: words of the vocabulary, special tokens not counted.
        exact: those that were found as they are spelled.
        lowered: those that were found only in small letters.
        running: share of the running words of a text that have a vector, or None if no text was counted.
    """

    words: int
    exact: int
    lowered: int
    running: float | None = None

    @property
    def missing(self) -> int:
        """Words that have no vector, and keep the embedding's own beginning."""
        return self.words - self.exact - self.lowered

    def facts(self) -> dict[str, int | float]:
        """Return the figures by name, for the screen and the card."""
        facts: dict[str, int | float] = {
            "words with a vector": self.exact,
            "words with a vector in small letters": self.lowered,
            "words without a vector": self.missing,
        }
        return facts if self.running is None else {**facts, "share of running words with a vector": self.running}

    def __str__(self) -> str:
        text = f"vectors for {self.exact + self.lowered:,} of {self.words:,} words ({self.lowered:,} in small letters)"
        return text if self.running is None else f"{text}, {self.running:.1%} of the running words"


def load_vectors(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    file: str | os.PathLike[str],
    counts: np.ndarray | None = None,
) -> Coverage:
    """Put vectors into the embedding of a model, each word's own, else that of the word in small letters.

    Words without one, and special tokens, keep what they have.

    Args:
        model: a model with a word embedding; its `embedding_size` is the vectors' size.
        tokenizer: the model's tokenizer, whose tokens are words.
        file: vectors of word2vec, GloVe or fastText as text, `.gz` or not.
        counts: how often each id occurs in a text (V,), for the report.

    Returns:
        How many words were found.

    Raises:
        DataError: if the file is malformed.
        ConfigError: if the model has no word embedding, or one of another width.
    """
    embedding = word_embedding(model)
    special = set(tokenizer.all_special_tokens)
    ids = {word: index for word, index in tokenizer.get_vocab().items() if word not in special}
    found = read_vectors(file, {form for word in ids for form in (word, word.lower())})
    exact = {index: found[word] for word, index in ids.items() if word in found}
    lowered = {i: found[word.lower()] for word, i in ids.items() if i not in exact and word.lower() in found}
    _put(embedding.weight, {**exact, **lowered}, file)
    running = None
    if counts is not None:
        total = counts[list(ids.values())].sum() + counts[tokenizer.unk_token_id]
        running = float(counts[[*exact, *lowered]].sum() / max(1, total))
    return Coverage(len(ids), len(exact), len(lowered), running)


def word_embedding(model: PreTrainedModel) -> Any:
    """Return the module that holds the vectors of words.

    Raises:
        ConfigError: if the model has none.
    """
    try:
        found = model.get_input_embeddings()
    except NotImplementedError:  # transformers' word for an attribute that is None
        found = None
    if found is None:
        raise ConfigError("the model has no embedding of words: it reads no token ids. Set vocab_size.")
    return found


@torch.no_grad()
def _put(weight: torch.Tensor, vectors: dict[int, np.ndarray], file: str | os.PathLike[str]) -> None:
    if not vectors:
        return
    rows = torch.from_numpy(np.stack(list(vectors.values())))
    if rows.shape[1] != weight.shape[1]:
        raise ConfigError(
            f"{file} has vectors of {rows.shape[1]} numbers, and the embedding a width of {weight.shape[1]}. "
            f"Set embedding_size={rows.shape[1]}."
        )
    weight[list(vectors)] = rows.to(weight)
