"""Rows longer than what is read at once: their tags, or their class, block by block."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from torch import Tensor

from seqkit.inference.blocks import Piece, read_blocks
from seqkit.inference.pooling import RunningPooling
from seqkit.models import RNNForSequenceClassification, RNNForTokenClassification


class Decoder(Protocol):
    """What decides the tags of a row whose scores come block by block.

    A head that decides of sequences, and not of each token alone, gives one by its method `stream_decoder()`.
    """

    def feed(self, scores: Tensor) -> list[int]:
        """Take the next scores (1, t, labels), and return the tags that are certain by now and were not before."""
        ...

    def finish(self) -> list[int]:
        """Return the rest of the tags."""
        ...


class Greedy:
    """Takes the best tag of each token."""

    def feed(self, scores: Tensor) -> list[int]:
        """Return the best tag of each token."""
        return scores[0].argmax(-1).tolist()

    def finish(self) -> list[int]:
        """Return nothing: no tag waits for another."""
        return []


def can_read_blocks(model: Any) -> bool:
    """Tell whether a head can be run block by block: the built-in ones, and those that give a `stream_decoder`.

    A head with a `forward` of its own may make anything of a row, and sees it whole.
    """
    bases = (RNNForSequenceClassification, RNNForTokenClassification)
    plain = any(isinstance(model, base) and type(model).forward is base.forward for base in bases)
    return plain or (isinstance(model, RNNForTokenClassification) and hasattr(model, "stream_decoder"))


def tag_blocks(model: Any, pieces: Iterable[Piece], length: int, overlap: int) -> Iterator[list[int]]:
    """Tag one row of any length.

    Args:
        model: a tagger for which `can_read_blocks` holds, in evaluation mode.
        pieces: the row's inputs, in pieces of any length.
        length: tokens that are read at once.
        overlap: tokens of context on each side of a window, if the network reads in both directions.

    Returns:
        Lists of tags, in order; one for each token of the row in all.
    """
    decoder: Decoder = model.stream_decoder() if hasattr(model, "stream_decoder") else Greedy()
    for block in read_blocks(model.model, pieces, length, overlap):
        yield decoder.feed(model.classifier(block))
    yield decoder.finish()


def score_blocks(model: Any, pieces: Iterable[Piece], length: int, overlap: int) -> Tensor:
    """Return the scores (labels,) of one row of any length.

    Args:
        model: a classifier for which `can_read_blocks` holds, in evaluation mode.
        pieces: the row's inputs, in pieces of any length.
        length: tokens that are read at once.
        overlap: tokens of context on each side of a window, if the network reads in both directions.
    """
    pooled = RunningPooling(model.pooling)
    for block in read_blocks(model.model, pieces, length, overlap):
        pooled.add(block)
    return model.score(pooled.result().to(model.score.weight))[0]
