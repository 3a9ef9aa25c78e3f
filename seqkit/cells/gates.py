"""What the three classic cells share: their weights in torch's layout and how these begin."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import initialization

from seqkit.cells.base import Cell, TorchKernel, init_gates

RecurrentInit = Literal["orthogonal", "uniform"]


class GatedCell(Cell):
    """A cell whose gates are `W_ih x + b_ih` and `W_hh h + b_hh`, stacked as torch stacks them.

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of the state.
        num_gates: how many (H, ·) blocks the weights hold.
        bias: whether the two bias vectors exist.
        recurrent_init: how each gate's (H, H) block of `weight_hh` begins: `"orthogonal"` (Saxe et al., 2014), which
            keeps the norm of the state over many steps, or `"uniform"` in ±1/sqrt(H), which is torch's own.
    """

    recurrent_weights = ("weight_hh",)

    def __init__(
        self, input_size: int, hidden_size: int, num_gates: int, bias: bool, recurrent_init: RecurrentInit
    ) -> None:
        super().__init__(input_size, hidden_size)
        self.recurrent_init = recurrent_init
        rows = num_gates * hidden_size
        self.weight_ih = nn.Parameter(torch.empty(rows, input_size))  # (G*H, D)
        self.weight_hh = nn.Parameter(torch.empty(rows, hidden_size))  # (G*H, H)
        self.bias_ih = nn.Parameter(torch.empty(rows)) if bias else None  # (G*H,)
        self.bias_hh = nn.Parameter(torch.empty(rows)) if bias else None  # (G*H,)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin with Glorot-uniform input weights, the chosen recurrent weights, and zero biases."""
        bound = self.hidden_size**-0.5
        # Glorot per gate: the fan-out of one gate is H, not that of all gates stacked.
        limit = (6 / (self.input_size + self.hidden_size)) ** 0.5
        initialization.uniform_(self.weight_ih, -limit, limit)
        if self.recurrent_init == "orthogonal":
            init_gates(self.weight_hh, nn.init.orthogonal_)
        else:
            initialization.uniform_(self.weight_hh, -bound, bound)
        if self.bias_ih is not None and self.bias_hh is not None:
            initialization.zeros_(self.bias_ih)
            initialization.zeros_(self.bias_hh)

    def project(self, x: Tensor) -> Tensor:
        """Compute W_ih x + b_ih + b_hh for all steps: (B, T, D) -> (B, T, G*H)."""
        bias = None if self.bias_ih is None or self.bias_hh is None else self.bias_ih + self.bias_hh
        return F.linear(x, self.weight_ih, bias)

    def kernel(self, mode: str) -> TorchKernel:
        """Return the weights as torch's kernel of this mode takes them."""
        weights = (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return TorchKernel(mode, tuple(weight for weight in weights if weight is not None))
