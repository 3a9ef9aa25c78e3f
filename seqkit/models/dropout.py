"""Dropout on what passes between layers; what happens inside a recurrence is the engine's."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Dropout(nn.Module):
    """Dropout on (B, T, ·), with one mask over time if locked (Gal & Ghahramani, 2016).

    Args:
        rate: probability of dropping.
        locked: whether all steps of a sequence share one mask.
    """

    def __init__(self, rate: float, locked: bool) -> None:
        super().__init__()
        self.rate, self.locked = rate, locked

    def forward(self, x: Tensor) -> Tensor:
        """Drop from x (B, T, ·) in training."""
        if not self.training or not self.rate:
            return x
        if not self.locked:
            return F.dropout(x, self.rate)
        return x * F.dropout(torch.ones_like(x[:, :1]), self.rate)

    def extra_repr(self) -> str:
        """Show rate and kind when a model is printed."""
        return f"{self.rate}, locked={self.locked}"


def embed(ids: Tensor, embedding: nn.Embedding, rate: float) -> Tensor:
    """Look token ids up (B, T) -> (B, T, E), dropping whole token types at a rate in training."""
    vectors = embedding(ids)
    if not embedding.training or not rate:
        return vectors
    kept = F.dropout(torch.ones_like(embedding.weight[:, :1]), rate)  # (V, 1)
    return vectors * F.embedding(ids, kept)
