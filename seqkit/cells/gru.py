"""The gated recurrent unit of Cho et al. (2014)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit.cells.base import State, TorchKernel
from seqkit.cells.gates import GatedCell, RecurrentInit


class GRU(GatedCell):
    """Gated recurrent unit (Cho et al., 2014), in the form that resets after its product, as torch and cuDNN do.

        r_t = σ(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)
        z_t = σ(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)
        n_t = tanh(W_in x_t + b_in + r_t ⊙ (W_hn h_{t-1} + b_hn))
        h_t = (1 - z_t) ⊙ n_t + z_t ⊙ h_{t-1}

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of the state.
        bias: whether the bias vectors exist; default True.
        recurrent_init: `"orthogonal"` or `"uniform"`, how each W_h begins; default `"orthogonal"`.

    State:
        h (B, H).

    Source:
        Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation",
        EMNLP 2014.

    Example:
        >>> cell = GRU(3, 2)
        >>> h, (h_state,) = cell.step(cell.project(torch.zeros(1, 1, 3))[:, 0], cell.init_state(1))
        >>> h.tolist()
        [[0.0, 0.0]]
    """

    gate_names = ("reset", "update")

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, recurrent_init: RecurrentInit = "orthogonal"
    ) -> None:
        super().__init__(input_size, hidden_size, 3, bias, recurrent_init)

    def project(self, x: Tensor) -> Tensor:
        """Compute W_i x + b_i for all steps: (B, T, D) -> (B, T, 3*H). b_h stays inside, under the reset gate."""
        return F.linear(x, self.weight_ih, self.bias_ih)

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        """Take one step: p (B, 3*H), state (h,) -> h (B, H), (h,)."""
        (h,) = state  # (B, H)
        i_r, i_z, i_n = p.chunk(3, -1)
        h_r, h_z, h_n = F.linear(h, self.weight_hh, self.bias_hh).chunk(3, -1)
        r = torch.sigmoid(i_r + h_r)  # (B, H)
        z = torch.sigmoid(i_z + h_z)  # (B, H)
        n = torch.tanh(i_n + r * h_n)  # (B, H)
        h = (1 - z) * n + z * h  # (B, H)
        return h, (h,)

    def torch_kernel(self) -> TorchKernel:
        """Declare torch's `nn.GRU` kernel."""
        return self.kernel("gru")
