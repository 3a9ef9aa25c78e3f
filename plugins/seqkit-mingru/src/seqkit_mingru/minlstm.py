"""minLSTM: the long short-term memory of Feng et al. (2024), whose gates and candidate do not look back."""

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import initialization

from seqkit_mingru.minimal import MinimalCell


class MinLSTM(MinimalCell):
    """Minimal long short-term memory (Feng et al., 2024), in plain numbers: not in logarithms, so h̃ is free of sign.

        f_t = σ(W_f x_t + b_f)
        i_t = σ(W_i x_t + b_i)
        h̃_t = W_h x_t + b_h
        f'_t = f_t / (f_t + i_t)
        i'_t = i_t / (f_t + i_t)
        h_t = f'_t ⊙ h_{t-1} + i'_t ⊙ h̃_t

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of the state.
        bias: whether b_f, b_i and b_h exist; default True.
        forget_bias: where b_f begins, so that the cell remembers before it has learnt to; default 1.0.

    State:
        h (B, H).

    Source:
        Feng et al., "Were RNNs all we needed?", arXiv:2410.01201, 2024.

    Example:
        >>> cell = MinLSTM(3, 2, forget_bias=0.0)
        >>> h, (h_state,) = cell.step(cell.project(torch.zeros(1, 1, 3))[:, 0], (torch.ones(1, 2),))
        >>> h.tolist()
        [[0.5, 0.5]]
    """

    gate_names = ("forget", "input", "share kept")

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, forget_bias: float = 1.0) -> None:
        self.forget_bias = forget_bias
        super().__init__(input_size, hidden_size, 3, bias)

    def reset_parameters(self) -> None:
        """Begin as every minimal cell does, with the forget gate open."""
        super().reset_parameters()
        if self.bias is not None:
            b_f, b_i, b_h = torch.zeros_like(self.bias).chunk(3)
            initialization.copy_(self.bias, torch.cat([b_f + self.forget_bias, b_i, b_h]))

    def linear_coefficients(self, p: Tensor) -> tuple[Tensor, Tensor]:
        """Return f' and i' ⊙ h̃, each (B, T, H): h is linear in what it was, so a scan takes all steps."""
        f, i, candidate = p.chunk(3, -1)  # (B, T, H) each
        # f / (f + i) by the difference of logarithms: where both gates are shut, the quotient would be 0 / 0.
        f = torch.sigmoid(F.logsigmoid(f) - F.logsigmoid(i))
        return f, (1 - f) * candidate
