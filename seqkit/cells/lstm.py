"""The long short-term memory of Hochreiter & Schmidhuber (1997), with the forget gate of Gers et al. (2000)."""

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import initialization

from seqkit.cells.base import State, TorchKernel
from seqkit.cells.gates import GatedCell, RecurrentInit


class LSTM(GatedCell):
    """Long short-term memory (Hochreiter & Schmidhuber, 1997) with a forget gate (Gers et al., 2000).

        i_t = σ(W_ii x_t + b_ii + W_hi h_{t-1} + b_hi)
        f_t = σ(W_if x_t + b_if + W_hf h_{t-1} + b_hf)
        g_t = tanh(W_ig x_t + b_ig + W_hg h_{t-1} + b_hg)
        o_t = σ(W_io x_t + b_io + W_ho h_{t-1} + b_ho)
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
        h_t = o_t ⊙ tanh(c_t)

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of h and c.
        bias: whether the bias vectors exist; default True.
        forget_bias: where b_if begins, so that the cell remembers before it has learnt to; default 1.0
            (Jozefowicz et al., 2015).
        recurrent_init: `"orthogonal"` or `"uniform"`, how each W_h begins; default `"orthogonal"`.

    State:
        h (B, H) and c (B, H).

    Source:
        Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9, 1997.

    Example:
        >>> cell = LSTM(3, 2)
        >>> h, (h_state, c) = cell.step(cell.project(torch.zeros(1, 1, 3))[:, 0], cell.init_state(1))
        >>> h.tolist(), c.tolist()
        ([[0.0, 0.0]], [[0.0, 0.0]])
    """

    gate_names = ("input", "forget", "output")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        forget_bias: float = 1.0,
        recurrent_init: RecurrentInit = "orthogonal",
    ) -> None:
        self.forget_bias = forget_bias
        super().__init__(input_size, hidden_size, 4, bias, recurrent_init)

    def reset_parameters(self) -> None:
        """Begin as every gated cell does, with the forget gate open."""
        super().reset_parameters()
        if self.bias_ih is not None:
            b_i, b_f, b_g, b_o = torch.zeros_like(self.bias_ih).chunk(4)
            initialization.copy_(self.bias_ih, torch.cat([b_i, b_f + self.forget_bias, b_g, b_o]))

    def init_state(self, batch_size: int) -> State:
        """Return h and c of zeros, each (B, H)."""
        return self.zeros(batch_size), self.zeros(batch_size)

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        """Take one step: p (B, 4*H), state (h, c) -> h (B, H), (h, c)."""
        h, c = state  # (B, H), (B, H)
        i, f, g, o = (p + F.linear(h, self.weight_hh)).chunk(4, -1)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)  # (B, H) each
        c = f * c + i * g  # (B, H)
        h = o * torch.tanh(c)  # (B, H)
        return h, (h, c)

    def torch_kernel(self) -> TorchKernel:
        """Declare torch's `nn.LSTM` kernel."""
        return self.kernel("lstm")
