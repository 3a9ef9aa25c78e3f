"""The outputs of a network over a row of any length, block by block, in memory that does not grow with the row."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit.errors import ConfigError

Piece = dict[str, Tensor]
"""A stretch of a row's inputs by name, (1, t, ·): `input_ids`, `character_ids`, `input_features`."""


def read_blocks(backbone: Any, pieces: Iterable[Piece], length: int, overlap: int) -> Iterator[Tensor]:
    """Run a network over one row, which comes in pieces of any length.

    A network that reads forwards carries its state from block to block, and gives exactly what it gives for the whole
    row. A network that reads in both directions would need the end before the beginning: it reads windows, of which
    `overlap` tokens on each side are only context. Near a border its outputs miss what lies beyond that context.

    Args:
        backbone: an `RNNModel` in evaluation mode.
        pieces: the row's inputs in their order.
        length: tokens that are read at once.
        overlap: tokens of context on each side of a window.

    Returns:
        Blocks (1, t, H) of the last layer's outputs, which together cover the row once.

    Raises:
        ConfigError: if a window would be mostly context.
    """
    check_lengths(length, overlap)
    if backbone.config.bidirectional:
        return _windowed(backbone, pieces, length, overlap)
    return _carried(backbone, pieces, length)


def check_lengths(length: int, overlap: int) -> None:
    """Refuse windows that are mostly context.

    Raises:
        ConfigError: telling both numbers.
    """
    if overlap < 0 or length < max(1, 3 * overlap):
        raise ConfigError(f"length ({length}) must be at least 3 times overlap ({overlap}), which is 0 or more.")


def _carried(backbone: Any, pieces: Iterable[Piece], length: int) -> Iterator[Tensor]:
    state = None
    for piece in recut(pieces, length):
        outputs = backbone(**piece, initial_state=state, return_state=True, use_cache=False)
        state = outputs.state
        yield outputs.last_hidden_state


def _windowed(backbone: Any, pieces: Iterable[Piece], length: int, overlap: int) -> Iterator[Tensor]:
    before: Piece | None = None
    here: Piece | None = None
    for after in _with_end(recut(pieces, length - 2 * overlap)):
        if here is not None:
            parts = [] if before is None else [_cut(before, size(before) - overlap, None)]
            context = size(parts[0]) if parts else 0
            parts += [here] if after is None else [here, _cut(after, 0, overlap)]
            y = backbone(**join(parts), use_cache=False).last_hidden_state
            yield y[:, context : context + size(here)]
        before, here = here, after


def _with_end(pieces: Iterable[Piece]) -> Iterator[Piece | None]:
    """Give each piece, and None behind the last."""
    yield from pieces
    yield None


def recut(pieces: Iterable[Piece], length: int) -> Iterator[Piece]:
    """Cut a row that comes in pieces of any length into pieces of one length; the last may be shorter."""
    held: Piece | None = None
    for piece in pieces:
        held = piece if held is None else join([held, piece])
        while size(held) > length:
            yield _cut(held, 0, length)
            held = _cut(held, length, None)
    if held is not None and size(held):
        yield held


def size(piece: Piece) -> int:
    """Return the number of tokens of a piece."""
    return next(iter(piece.values())).shape[1]


def join(pieces: list[Piece]) -> Piece:
    """Put pieces one behind the other; where tokens have lists of different lengths, the shorter ones are padded."""
    if len(pieces) == 1:
        return pieces[0]
    joined = {}
    for name in pieces[0]:
        parts = [piece[name] for piece in pieces]
        if parts[0].dim() == 3:
            width = max(part.shape[-1] for part in parts)
            parts = [F.pad(part, (0, width - part.shape[-1])) for part in parts]
        joined[name] = torch.cat(parts, 1)
    return joined


def _cut(piece: Piece, begin: int, end: int | None) -> Piece:
    return {name: tensor[:, max(0, begin) : end] for name, tensor in piece.items()}
