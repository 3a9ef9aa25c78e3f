"""Scheduled sampling: in training, some tokens that the decoder reads are its own guesses."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from seqkit.engine.masks import Masks


@dataclass(frozen=True)
class Teacher:
    """Chooses for each row whether the decoder reads the right token or its own likeliest guess.

    Source: Bengio, Vinyals, Jaitly & Shazeer, Scheduled Sampling for Sequence Prediction with Recurrent Neural
    Networks, 2015.

    Args:
        head: scores the vocabulary.
        forcing: probability ε of the right token.
    """

    head: Any
    forcing: float

    @torch.no_grad()
    def __call__(self, read: Tensor, chances: Masks) -> Tensor:
        """Return the ids to read (B,), -1 where the right one is, from what the head reads (B, R)."""
        right = chances.rows(self.forcing, read[:, :1]).squeeze(-1)
        return torch.where(right, -1, self.head(read).argmax(-1))
