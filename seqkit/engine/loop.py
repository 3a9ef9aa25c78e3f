"""The plan `loop`: one step after the other in Python. The naive twin of every other plan, and their judge."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seqkit.cells.base import Cell, State
from seqkit.engine.padding import where
from seqkit.engine.zoneout import zone


def loop(
    cell: Cell, x: Tensor, state: State, mask: Tensor | None, zoneout: float = 0.0, kept: Sequence[Tensor] = ()
) -> tuple[Tensor, State]:
    """Run a cell over time, step by step; a masked step leaves the state as it was.

    Args:
        cell: the recurrence.
        x: input (B, T, D), finite also where it is padded.
        state: the state before the first step, tensors (B, ·).
        mask: true at real tokens, (B, T), or None if all are real.
        zoneout: probability that a unit of the state keeps its old value; 0 is none.
        kept: in training where it does, a mask (B, T, ·) for each tensor of the state.

    Returns:
        The outputs (B, T, H), of no meaning at masked places, and the state after each row's last real token.
    """
    outputs = []
    for t, p in enumerate(cell.project(x).unbind(1)):
        h, new = cell.step(p, state)
        if zoneout:
            h, new = zone(h, new, state, [k[:, t] for k in kept] or zoneout)
        state = new if mask is None else tuple(where(mask[:, t], n, s) for n, s in zip(new, state, strict=True))
        outputs.append(h)
    return (torch.stack(outputs, 1) if outputs else x.new_zeros(*x.shape[:2], cell.hidden_size)), state
