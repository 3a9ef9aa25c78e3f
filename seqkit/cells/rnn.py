"""The simple recurrent network of Elman (1990)."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit.cells.base import State, TorchKernel
from seqkit.cells.gates import GatedCell, RecurrentInit


class RNN(GatedCell):
    """Simple recurrent network (Elman, 1990).

        h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of the state.
        bias: whether b_ih and b_hh exist; default True.
        nonlinearity: `"tanh"`, or `"relu"` (Le et al., 2015); default `"tanh"`.
        recurrent_init: `"orthogonal"` or `"uniform"`, how W_hh begins; default `"orthogonal"`.

    State:
        h (B, H).

    Source:
        Elman, "Finding structure in time", Cognitive Science 14, 1990.

    Example:
        >>> cell = RNN(3, 2)
        >>> h, (h_state,) = cell.step(cell.project(torch.zeros(1, 1, 3))[:, 0], cell.init_state(1))
        >>> h.tolist()
        [[0.0, 0.0]]
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: Literal["tanh", "relu"] = "tanh",
        recurrent_init: RecurrentInit = "orthogonal",
    ) -> None:
        super().__init__(input_size, hidden_size, 1, bias, recurrent_init)
        self.nonlinearity = nonlinearity
        self.f = torch.tanh if nonlinearity == "tanh" else torch.relu

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        """Take one step: p (B, H), state (h,) -> h (B, H), (h,)."""
        (h,) = state  # (B, H)
        h = self.f(p + F.linear(h, self.weight_hh))  # (B, H)
        return h, (h,)

    def torch_kernel(self) -> TorchKernel:
        """Declare torch's `nn.RNN` kernel."""
        return self.kernel(f"rnn_{self.nonlinearity}")
