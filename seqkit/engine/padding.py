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
        order: for each place after the move, the place it came from, (B, T); None if nothing moves.
        lengths: real tokens in each row, (B,).
    """

    mask: Tensor
    order: Tensor | None
    lengths: Tensor

    @classmethod
    def of(cls, mask: Tensor) -> "Alignment":
        """Find the moves for a mask (B, T)."""
        lengths = mask.sum(1)
        places = torch.arange(mask.shape[1], device=mask.device)
        if not tracing() and torch.equal(mask, places < lengths[:, None]):
            return cls(mask, None, lengths)
        return cls(mask, torch.argsort(~mask, dim=1, stable=True), lengths)

    def left(self, x: Tensor) -> Tensor:
        """Move the real tokens of x (B, T, ·) to the left, in their order."""
        if self.order is None:
            return x
        return x.gather(1, self.order[..., None].expand_as(x))

    def back(self, y: Tensor) -> Tensor:
        """Undo `left` for y (B, T, ·)."""
        if self.order is None:
            return y
        return y.gather(1, self.order.argsort(1)[..., None].expand_as(y))
