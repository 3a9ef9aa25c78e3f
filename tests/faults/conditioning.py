"""How far a recurrence carries a rounding: what becomes of one number, handed to a step a little off, in the end.

In float32 nobody can do without it: what goes into a step, p_t and the state, is stored, and so rounded by up to half
of `eps` of its size. Two ways to compute the same, rounded otherwise, hand on numbers that differ by up to `eps`; to
first order their results y then differ by up to

    eps * reach(y),    reach(y) = Σ_t Σ_i |∂y / ∂s_ti| |s_ti|    over all numbers s_ti that are handed to step t

A cell that forgets has a reach of a few sizes of y; one whose state is turned and stretched at each step, of hundreds.
"""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from seqkit.cells.base import Cell, State
from seqkit.engine.loop import loop

NUDGE = 2.0**-12
"""By how much of itself a number is moved: little enough for a slope, and enough for heads that score in float32."""


class Nudged:
    """A cell, as the loop sees it, whose steps are handed one number a little off.

    Args:
        cell: the recurrence.
        turn: tells of each tensor that is handed to a step, and gives it back as the step shall have it.
    """

    def __init__(self, cell: Cell, turn: Callable[[Tensor], Tensor]) -> None:
        self.cell, self.turn, self.project, self.hidden_size = cell, turn, cell.project, cell.hidden_size

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        """Take one step."""
        return self.cell.step(self.turn(p), tuple(self.turn(tensor) for tensor in state))


class Nudge:
    """Moves the number at one place among all that a computation hands to steps, in all rows of its batch.

    Attributes:
        place: which number is moved; -1 is none.
        seen: how many there were.
    """

    def __init__(self) -> None:
        self.place, self.seen = -1, 0

    def loop(self, cell: Any, *given: Any) -> Any:
        """Stand in for the engine's loop."""
        return loop(Nudged(cell, self.turn), *given)  # type: ignore[arg-type]

    def turn(self, tensor: Tensor) -> Tensor:
        """Count the numbers of a row (B, N), and move one if it is its turn."""
        index, self.seen = self.place - self.seen, self.seen + tensor.shape[1]
        if not 0 <= index < tensor.shape[1]:
            return tensor
        factor = torch.ones_like(tensor[:1])
        factor[:, index] += NUDGE
        return tensor * factor


def reach(compute: Callable[[], list[Tensor]]) -> list[Tensor]:
    """Return the reach of every number that a computation gives.

    Args:
        compute: computes the same each time, in float64, by the loop; rows do not look at each other.
    """
    nudge = Nudge()
    with patch("seqkit.engine.run.loop", nudge.loop):
        plain = compute()
        sums, places = [torch.zeros_like(tensor) for tensor in plain], nudge.seen
        for nudge.place in range(places):
            nudge.seen = 0
            for total, moved, still in zip(sums, compute(), plain, strict=True):
                total += (moved - still).abs() / NUDGE
    return sums
