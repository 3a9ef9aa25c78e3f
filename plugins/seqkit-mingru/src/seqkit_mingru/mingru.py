"""minGRU: the gated recurrent unit of Feng et al. (2024), whose gate and candidate do not look back."""

import torch
from torch import Tensor

from seqkit_mingru.minimal import MinimalCell


class MinGRU(MinimalCell):
    """Minimal gated recurrent unit (Feng et al., 2024), in plain numbers: not in logarithms, so h̃ is free of sign.

        z_t = σ(W_z x_t + b_z)
        h̃_t = W_h x_t + b_h
        h_t = (1 - z_t) ⊙ h_{t-1} + z_t ⊙ h̃_t

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of the state.
        bias: whether b_z and b_h exist; default True.

    State:
        h (B, H).

    Source:
        Feng et al., "Were RNNs all we needed?", arXiv:2410.01201, 2024.

    Example:
        >>> cell = MinGRU(3, 2)
        >>> h, (h_state,) = cell.step(cell.project(torch.zeros(1, 1, 3))[:, 0], (torch.ones(1, 2),))
        >>> h.tolist()
        [[0.5, 0.5]]
    """

    gate_names = ("update",)

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, 2, bias)

    def linear_coefficients(self, p: Tensor) -> tuple[Tensor, Tensor]:
        """Return 1 - z and z ⊙ h̃, each (B, T, H): h is linear in what it was, so a scan takes all steps."""
        z, candidate = p.chunk(2, -1)  # (B, T, H) each
        z = torch.sigmoid(z)
        return 1 - z, z * candidate
