"""What the minimal cells share: gates of the input alone, in one weight, and how they begin."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import initialization

from seqkit import Cell


class MinimalCell(Cell):
    """A linear recurrence whose gates are `W x + b`, stacked.

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of the state.
        num_gates: how many (H, D) blocks the weight holds.
        bias: whether the biases exist.
    """

    def __init__(self, input_size: int, hidden_size: int, num_gates: int, bias: bool) -> None:
        super().__init__(input_size, hidden_size)
        rows = num_gates * hidden_size
        self.weight = nn.Parameter(torch.empty(rows, input_size))  # (G*H, D)
        self.bias = nn.Parameter(torch.empty(rows)) if bias else None  # (G*H,)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin with Glorot-uniform weights, each gate by its own size, and zero biases."""
        limit = (6 / (self.input_size + self.hidden_size)) ** 0.5
        initialization.uniform_(self.weight, -limit, limit)
        if self.bias is not None:
            initialization.zeros_(self.bias)

    def project(self, x: Tensor) -> Tensor:
        """Compute W x + b for all steps: (B, T, D) -> (B, T, G*H)."""
        return F.linear(x, self.weight, self.bias)
