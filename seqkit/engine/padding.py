"""Padding: which places of a batch are real, and how rows are brought together for a kernel that knows no mask."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqkit.engine.tracing import tracing


def where(mask: Tensor, real: Tensor, padded: Tensor | float) -> Tensor:
    """Choose `real` where the mask is true, whatever the number of axes behind it: (B,) or (B, T) against (B, …)."""
    return torch.where(mask.reshape(mask.shape + (1,) * (real.dim() - mask.dim())), real, padded)


@dataclass(frozen=True)
class Alignment:
    """How the real tokens of each row are moved to its left end, and back.

    Args:
        mask: true at real tokens, (B, T).
        places: for each place before the move, the place it goes to, (B, T); None if nothing moves.
        lengths: real tokens in each row, (B,).
    """

    mask: Tensor
    places: Tensor | None
    lengths: Tensor

    @property
    def order(self) -> Tensor:
        """For each place after the move, the place it came from, (B, T)."""
        here = torch.arange(self.mask.shape[1], device=self.mask.device).expand_as(self.mask)
        return here if self.places is None else torch.zeros_like(self.places).scatter(1, self.places, here)

    @classmethod
    def of(cls, mask: Tensor) -> "Alignment":
        """Find the moves for a mask (B, T)."""
        lengths = mask.sum(1)
        if not tracing() and torch.equal(mask, torch.arange(mask.shape[1], device=mask.device) < lengths[:, None]):
            return cls(mask, None, lengths)
        # Counted, not sorted: the real ones before it, or all of those and the padding before it.
        behind = lengths[:, None] + (~mask).cumsum(1)
        return cls(mask, torch.where(mask, mask.cumsum(1), behind) - 1, lengths)

    def left(self, x: Tensor) -> Tensor:
        """Move the real tokens of x (B, T, ·) to the left, in their order."""
        if self.places is None:
            return x
        return x.gather(1, self.order[..., None].expand_as(x))

    def back(self, y: Tensor) -> Tensor:
        """Undo `left` for y (B, T, ·)."""
        if self.places is None:
            return y
        return y.gather(1, self.places[..., None].expand_as(y))
