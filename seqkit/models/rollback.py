"""Going back some tokens: a recurrent state cannot be run backwards, so what it was is kept and gone on from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Moment:
    """What a cache was before one run of the model, and what that run read.

    Args:
        before: the layers' contents before the run, as the cache gave them.
        length: tokens seen before the run.
        x: what the first layer read (B, T, D).
        mask: true at real tokens, (B, T), or None if all are real.
    """

    before: Any
    length: int
    x: Tensor
    mask: Tensor | None

    @property
    def tokens(self) -> int:
        """How many tokens the run read."""
        return self.x.shape[1]


class Rollback:
    """The moments to which a cache can go back, and the tokens it must read again after it did.

    States are replaced and never changed in place, so to keep one costs its own size and no copying. Nothing is kept
    until `recording` is set.
    """

    def __init__(self) -> None:
        self.recording = False
        self.moments: list[Moment] = []
        self.replay: tuple[Tensor, Tensor | None] | None = None

    @property
    def replayed(self) -> int:
        """How many tokens stand before the next input because the state has not read them."""
        return 0 if self.replay is None else self.replay[0].shape[1]

    def read(self, before: Any, length: int, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Put what must be read again before a new input, and remember the moment if recording.

        Args:
            before: the layers' contents.
            length: tokens seen, those to be read again included.
            x: what the first layer is to read (B, T, D).
            mask: true at real tokens, (B, T), or None.

        Returns:
            Input and mask, with `replayed` more places at their left.
        """
        moment = Moment(before, length - self.replayed, x, mask)
        if self.replay is not None:
            again, again_mask = self.replay
            if mask is not None or again_mask is not None:
                mask = torch.cat([real(again, again_mask), real(x, mask)], 1)
            moment = replace(moment, x=torch.cat([again, x], 1), mask=mask)
        if self.recording:
            self.moments.append(moment)
        return moment.x, moment.mask

    def back_to(self, length: int) -> Moment | None:
        """Find the moment from which a length is reached; what follows it is read again with the next input.

        Args:
            length: tokens that shall have been seen.

        Returns:
            The moment, or None if nothing was kept from which the length can be reached.
        """
        found = [m for m in self.moments if m.length <= length <= m.length + m.tokens]
        if not found:
            return None
        moment, kept = found[-1], length - found[-1].length
        mask = None if moment.mask is None else moment.mask[:, :kept]
        self.moments = []
        self.replay = (moment.x[:, :kept], mask) if kept else None
        return moment

    def map(self, f: Callable[[Tensor], Tensor]) -> None:
        """Replace every tensor t that is to be read again by f(t); moments are forgotten, their rows have changed."""
        self.moments = []
        if self.replay is not None:
            x, mask = self.replay
            self.replay = f(x), None if mask is None else f(mask).bool()


def real(x: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mask (B, T) of an input (B, T, D), true everywhere where there is none."""
    return torch.ones(x.shape[:2], dtype=torch.bool, device=x.device) if mask is None else mask
