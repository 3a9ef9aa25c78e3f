"""Streams that now and then begin anew, so that a network learns to begin at all."""

import torch
from torch import Tensor

from seqkit.cells.base import State
from seqkit.engine.masks import mix
from seqkit.engine.padding import where


def forgetful(states: tuple[State, ...], initial: tuple[State, ...], rows: Tensor) -> tuple[State, ...]:
    """Set the carried state of some rows back to that before the first token.

    Args:
        states: the carried states, tensors (B, ·) for each layer.
        initial: those to begin with, of the same shapes.
        rows: true where a row begins anew, (B,).
    """
    return tuple(
        tuple(where(rows, new, old) for new, old in zip(begin, state, strict=True))
        for begin, state in zip(initial, states, strict=True)
    )


def drawn(seed: int, step: int, first: int, rows: int, probability: float) -> Tensor:
    """Draw which rows begin anew; it follows from seed and step, whatever part of the batch is asked for.

    Args:
        seed: the training's.
        step: the optimiser's step.
        first: place of the first row in the batch of all parts and processes.
        rows: how many rows B.
        probability: that of each row.

    Returns:
        True where a row begins anew, (B,).
    """
    numbers = torch.Generator().manual_seed(mix(seed, f"state {step}"))
    return torch.rand(first + rows, generator=numbers)[first:] < probability
