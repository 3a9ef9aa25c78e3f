"""The peephole LSTM of Gers & Schmidhuber (2000): the gates look into the memory."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import initialization

from seqkit.cells import LSTM, State


class PeepholeLSTM(LSTM):
    """Long short-term memory with peephole connections (Gers & Schmidhuber, 2000).

        i_t = σ(W_ii x_t + b_ii + W_hi h_{t-1} + b_hi + w_ci ⊙ c_{t-1})
        f_t = σ(W_if x_t + b_if + W_hf h_{t-1} + b_hf + w_cf ⊙ c_{t-1})
        g_t = tanh(W_ig x_t + b_ig + W_hg h_{t-1} + b_hg)
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
        o_t = σ(W_io x_t + b_io + W_ho h_{t-1} + b_ho + w_co ⊙ c_t)
        h_t = o_t ⊙ tanh(c_t)

    The output gate looks at the new memory. With w_ci, w_cf and w_co of zero, where they begin, this is the LSTM.

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of h and c.
        bias: whether the bias vectors exist; default True.
        forget_bias: where b_if begins; default 1.0.
        recurrent_init: `"orthogonal"` or `"uniform"`, how each W_h begins; default `"orthogonal"`.

    State:
        h (B, H) and c (B, H).

    Source:
        Gers & Schmidhuber, "Recurrent nets that time and count", IJCNN 2000.

    Example:
        >>> cell = PeepholeLSTM(3, 2)
        >>> h, (h_state, c) = cell.step(cell.project(torch.zeros(1, 1, 3))[:, 0], cell.init_state(1))
        >>> h.tolist(), c.tolist()
        ([[0.0, 0.0]], [[0.0, 0.0]])
    """

    recurrent_weights = ("weight_hh", "weight_c")

    gate_names = ("input", "forget", "output")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        forget_bias: float = 1.0,
        recurrent_init: Literal["orthogonal", "uniform"] = "orthogonal",
    ) -> None:
        super().__init__(input_size, hidden_size, bias, forget_bias, recurrent_init)
        self.weight_c = nn.Parameter(torch.zeros(3, hidden_size))  # (3, H): w_ci, w_cf, w_co

    def reset_parameters(self) -> None:
        """Begin as an LSTM does, with the peepholes shut."""
        super().reset_parameters()
        for name, parameter in self.named_parameters():
            if name == "weight_c":
                initialization.zeros_(parameter)

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        """Take one step: p (B, 4*H), state (h, c) -> h (B, H), (h, c)."""
        h, c = state  # (B, H), (B, H)
        w_i, w_f, w_o = self.weight_c  # (H,) each
        i, f, g, o = (p + F.linear(h, self.weight_hh)).chunk(4, -1)
        i, f, g = torch.sigmoid(i + w_i * c), torch.sigmoid(f + w_f * c), torch.tanh(g)  # (B, H) each
        c = f * c + i * g  # (B, H)
        h = torch.sigmoid(o + w_o * c) * torch.tanh(c)  # (B, H)
        return h, (h, c)

    def torch_kernel(self) -> None:
        """Declare no kernel: torch's LSTM has no peepholes."""
