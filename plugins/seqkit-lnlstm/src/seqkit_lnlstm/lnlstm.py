"""The layer-norm LSTM of Ba et al. (2016): pre-activations and memory are normalised at every step."""

from typing import Annotated, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import initialization

from seqkit.annotations import Range
from seqkit.cells import LSTM, State


class LayerNormLSTM(LSTM):
    """Long short-term memory with layer normalisation (Ba et al., 2016).

        i_t, f_t, g_t, o_t = LN(W_h h_{t-1}; α_h, b_h) + LN(W_i x_t; α_i, b_i)
        c_t = σ(f_t) ⊙ c_{t-1} + σ(i_t) ⊙ tanh(g_t)
        h_t = σ(o_t) ⊙ tanh(LN(c_t; α_c, b_c))

        LN(a; α, b) = α ⊙ (a - mean(a)) / sqrt(var(a) + eps) + b

    The four gates are normalised as one vector of 4*H. The state carried on is c_t itself, not its normal form.

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of h and c; at least 2, for one number alone is normalised to nothing.
        bias: whether b_i, b_h and b_c exist; default True.
        forget_bias: where the forget gate's b_i begins; default 1.0.
        recurrent_init: `"orthogonal"` or `"uniform"`, how each gate's W_h begins; default `"orthogonal"`.
        eps: what is added to the variance; default 1e-5.

    State:
        h (B, H) and c (B, H).

    Source:
        Ba, Kiros & Hinton, "Layer normalization", arXiv:1607.06450, 2016.

    Example:
        >>> cell = LayerNormLSTM(3, 2)
        >>> h, (h_state, c) = cell.step(cell.project(torch.zeros(1, 1, 3))[:, 0], cell.init_state(1))
        >>> h.tolist(), c.tolist()
        ([[0.0, 0.0]], [[0.0, 0.0]])
    """

    gate_names = ("forget", "input", "output")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        forget_bias: float = 1.0,
        recurrent_init: Literal["orthogonal", "uniform"] = "orthogonal",
        eps: Annotated[float, Range(1e-12, 1.0)] = 1e-5,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, forget_bias, recurrent_init)
        self.eps = eps
        self.gain_ih = nn.Parameter(torch.ones(4 * hidden_size))  # (4*H,): α_i
        self.gain_hh = nn.Parameter(torch.ones(4 * hidden_size))  # (4*H,): α_h
        self.gain_c = nn.Parameter(torch.ones(hidden_size))  # (H,): α_c
        self.bias_c = nn.Parameter(torch.zeros(hidden_size)) if bias else None  # (H,): b_c

    def reset_parameters(self) -> None:
        """Begin as an LSTM does, with gains of one."""
        super().reset_parameters()
        for name, parameter in self.named_parameters():
            if name.startswith("gain"):
                initialization.ones_(parameter)
            elif name == "bias_c":
                initialization.zeros_(parameter)

    def project(self, x: Tensor) -> Tensor:
        """Compute LN(W_i x; α_i, b_i) for all steps: (B, T, D) -> (B, T, 4*H)."""
        return self.normal(F.linear(x, self.weight_ih), self.gain_ih, self.bias_ih)

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        """Take one step: p (B, 4*H), state (h, c) -> h (B, H), (h, c)."""
        h, c = state  # (B, H), (B, H)
        i, f, g, o = (p + self.normal(F.linear(h, self.weight_hh), self.gain_hh, self.bias_hh)).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # (B, H)
        h = torch.sigmoid(o) * torch.tanh(self.normal(c, self.gain_c, self.bias_c))  # (B, H)
        return h, (h, c)

    def normal(self, a: Tensor, gain: Tensor, bias: Tensor | None) -> Tensor:
        """Return LN(a; gain, bias) over the last axis: (..., N) -> (..., N)."""
        return F.layer_norm(a, gain.shape, gain, bias, self.eps)

    def torch_kernel(self) -> None:
        """Declare no kernel: torch's LSTM does not normalise."""
