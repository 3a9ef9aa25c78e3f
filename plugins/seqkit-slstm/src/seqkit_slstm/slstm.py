"""sLSTM: the scalar-memory cell of xLSTM (Beck et al., 2024), with exponential gates and a stabiliser."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit.cells import LSTM, State

NOTHING = -1e4
"""The stabiliser before the first step, a logarithm of nothing: e^NOTHING is 0 in any dtype, and NOTHING is finite."""


class SLSTM(LSTM):
    """Scalar LSTM of xLSTM (Beck et al., 2024), stabilised, with one head: memory is mixed among all units.

        z_t = tanh(W_z x_t + R_z h_{t-1} + b_z)
        ĩ_t = W_i x_t + R_i h_{t-1} + b_i                 i_t = exp(ĩ_t)
        f̃_t = W_f x_t + R_f h_{t-1} + b_f                 f_t = σ(f̃_t) or exp(f̃_t)
        o_t = σ(W_o x_t + R_o h_{t-1} + b_o)
        m_t = max(log f_t + m_{t-1}, ĩ_t)
        i'_t = exp(ĩ_t - m_t)
        f'_t = exp(log f_t + m_{t-1} - m_t)
        c_t = f'_t ⊙ c_{t-1} + i'_t ⊙ z_t
        n_t = f'_t ⊙ n_{t-1} + i'_t
        h_t = o_t ⊙ c_t / n_t

    c_t exp(m_t) and n_t exp(m_t) are the paper's c_t and n_t without stabiliser, so h_t is the same. One of i'_t and
    f'_t is 1, hence n_t >= 1 after the first step: whatever the gates are, nothing overflows.

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of each of the four states.
        bias: whether the bias vectors exist, two of them as in `LSTM`, whose sum is the paper's b; default True.
        forget_bias: where b_f begins; default 1.0.
        recurrent_init: `"orthogonal"` or `"uniform"`, how each R begins; default `"orthogonal"`.
        forget_gate: `"sigmoid"` or `"exp"`, what f_t is of f̃_t; default `"sigmoid"`.

    State:
        h, c, n and m, each (B, H); zeros at first, and m so low that c and n count for nothing.

    Source:
        Beck et al., "xLSTM: extended long short-term memory", NeurIPS 2024.

    Example:
        >>> cell = SLSTM(3, 2)
        >>> h, (h_state, c, n, m) = cell.step(cell.project(torch.zeros(1, 1, 3))[:, 0], cell.init_state(1))
        >>> h.tolist(), n.tolist(), m.tolist()
        ([[0.0, 0.0]], [[1.0, 1.0]], [[0.0, 0.0]])
    """

    gate_names = ("forget", "output")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        forget_bias: float = 1.0,
        recurrent_init: Literal["orthogonal", "uniform"] = "orthogonal",
        forget_gate: Literal["sigmoid", "exp"] = "sigmoid",
    ) -> None:
        super().__init__(input_size, hidden_size, bias, forget_bias, recurrent_init)
        self.forget_gate = forget_gate

    def init_state(self, batch_size: int) -> State:
        """Return h, c and n of zeros, and m of NOTHING, each (B, H)."""
        h, c, n, m = (self.zeros(batch_size) for _ in range(4))
        return h, c, n, m + NOTHING

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        """Take one step: p (B, 4*H), state (h, c, n, m) -> h (B, H), (h, c, n, m)."""
        h, c, n, m = state  # (B, H) each
        i, f, z, o = (p + F.linear(h, self.weight_hh)).chunk(4, -1)  # (B, H) each
        log_f = F.logsigmoid(f) if self.forget_gate == "sigmoid" else f
        m, m_before = torch.maximum(log_f + m, i), m
        i, f = torch.exp(i - m), torch.exp(log_f + m_before - m)  # i' and f'
        c = f * c + i * torch.tanh(z)  # (B, H)
        n = f * n + i  # (B, H)
        h = torch.sigmoid(o) * c / n  # (B, H)
        return h, (h, c, n, m)

    def torch_kernel(self) -> None:
        """Declare no kernel: torch has none for exponential gates."""
