"""The plan `loop`: one step after the other in Python. The naive twin of every other plan, and their judge."""

from collections.abc import Callable

import torch
from torch import Tensor

from seqkit.cells.base import Cell, State
from seqkit.engine.padding import where

Step = Callable[[Tensor, State], tuple[Tensor, State]]


def loop(cell: Cell, x: Tensor, state: State, mask: Tensor | None, zoneout: float = 0.0) -> tuple[Tensor, State]:
    """Run a cell over time, step by step; a masked step leaves the state as it was.

    Args:
        cell: the recurrence.
        x: input (B, T, D), finite also where it is padded.
        state: the state before the first step, tensors (B, ·).
        mask: true at real tokens, (B, T), or None if all are real.
        zoneout: probability that a unit of the state keeps its old value; 0 is none.

    Returns:
        The outputs (B, T, H), of no meaning at masked places, and the state after each row's last real token.
    """
    step = zoned(cell.step, zoneout, cell.training) if zoneout else cell.step
    outputs = []
    for t, p in enumerate(cell.project(x).unbind(1)):
        h, new = step(p, state)
        state = new if mask is None else tuple(where(mask[:, t], n, s) for n, s in zip(new, state, strict=True))
        outputs.append(h)
    return (torch.stack(outputs, 1) if outputs else x.new_zeros(*x.shape[:2], cell.hidden_size)), state


def zoned(step: Step, rate: float, training: bool) -> Step:
    """Wrap a step in zoneout: units keep their old value at random, and in evaluation by expectation.

    Source:
        Krueger et al., "Zoneout: regularizing RNNs by randomly preserving hidden activations", ICLR 2017.
    """

    def keep(new: Tensor, old: Tensor) -> Tensor:
        if not training:
            return rate * old + (1 - rate) * new
        return torch.where(torch.rand_like(new) < rate, old, new)

    def zoned_step(p: Tensor, state: State) -> tuple[Tensor, State]:
        h, new = step(p, state)
        kept = tuple(keep(n, s) for n, s in zip(new, state, strict=True))
        # Where the output is a tensor of the state, the next layer sees what the next step sees.
        return next((k for k, n in zip(kept, new, strict=True) if n is h), h), kept

    return zoned_step
