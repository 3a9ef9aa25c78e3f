"""Dropout on recurrent weights, for any cell and under any plan."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from seqkit.cells.base import Cell
from seqkit.engine.masks import Masks, drop


@contextmanager
def thinned(cell: Cell, weight_dropout: float, recurrent_dropout: float, masks: Masks) -> Iterator[None]:
    """Run the block with the cell's recurrent weights thinned out; gradients reach the full weights.

    `weight_dropout` drops single weights (DropConnect; Merity et al., 2018), `recurrent_dropout` whole units of
    h_{t-1} as the recurrent products see them, one mask for the batch and all its steps (Gal & Ghahramani, 2016):
    the path by which a cell carries its memory is left alone, and so every plan can take part.

    Args:
        cell: the recurrence; its `recurrent_weights` are thinned, in training only.
        weight_dropout: probability of dropping one weight.
        recurrent_dropout: probability of dropping one unit.
        masks: where the masks come from.
    """
    names = cell.recurrent_weights if cell.training and (weight_dropout or recurrent_dropout) else ()
    try:
        for name in names:
            # An entry in the instance's own dictionary hides the parameter of that name from attribute access.
            cell.__dict__[name] = thin(cell.get_parameter(name), weight_dropout, recurrent_dropout, masks.at(name))
        yield
    finally:
        for name in names:
            cell.__dict__.pop(name, None)


def thin(weight: Tensor, weight_dropout: float, recurrent_dropout: float, masks: Masks) -> Tensor:
    """Drop weights and whole columns of one recurrent weight (G*H, H), or units of (H,); the mean is kept."""
    if weight_dropout:
        weight = drop(weight, masks.at("weights").shared(1 - weight_dropout, weight), weight_dropout)
    if recurrent_dropout:
        units = weight[:1] if weight.dim() > 1 else weight
        weight = drop(weight, masks.at("units").shared(1 - recurrent_dropout, units), recurrent_dropout)
    return weight
