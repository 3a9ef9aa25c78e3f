"""Cells written in plain equations, as a user writes them: they declare nothing, the engine must do the rest."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqkit.cells.base import Cell, State


class PlainLSTM(Cell):
    """Long short-term memory without its kernel (Hochreiter & Schmidhuber, 1997)."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size)
        self.input = nn.Linear(input_size, 4 * hidden_size, bias)
        self.recurrent = nn.Linear(hidden_size, 4 * hidden_size, bias=False)

    def init_state(self, batch_size: int) -> State:
        return self.zeros(batch_size), self.zeros(batch_size)

    def project(self, x: Tensor) -> Tensor:
        return self.input(x)

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        h, c = state
        i, f, g, o = (p + self.recurrent(h)).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, (h, c)


class LayerNormLSTM(PlainLSTM):
    """An LSTM that normalises its pre-activations and its memory (Ba et al., 2016)."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.norm_x = nn.LayerNorm(4 * hidden_size)
        self.norm_h = nn.LayerNorm(4 * hidden_size)
        self.norm_c = nn.LayerNorm(hidden_size)

    def project(self, x: Tensor) -> Tensor:
        return self.norm_x(self.input(x))

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        h, c = state
        i, f, g, o = (p + self.norm_h(self.recurrent(h))).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(self.norm_c(c))
        return h, (h, c)


class PeepholeLSTM(PlainLSTM):
    """An LSTM whose gates look into its memory (Gers et al., 2002)."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.peephole = nn.Parameter(torch.rand(3, hidden_size))

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        h, c = state
        w_i, w_f, w_o = self.peephole
        i, f, g, o = (p + self.recurrent(h)).chunk(4, -1)
        c_new = torch.sigmoid(f + w_f * c) * c + torch.sigmoid(i + w_i * c) * torch.tanh(g)
        h = torch.sigmoid(o + w_o * c_new) * torch.tanh(c_new)
        return h, (h, c_new)


class PlainMinGRU(Cell):
    """minGRU without saying that it is linear (Feng et al., 2024): z = σ(W_z x), h = (1 - z) h + z W_h x."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.input = nn.Linear(input_size, 2 * hidden_size)

    def project(self, x: Tensor) -> Tensor:
        return self.input(x)

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        z, new = p.chunk(2, -1)
        z = torch.sigmoid(z)
        h = (1 - z) * h + z * new
        return h, (h,)


class ResetFirstGRU(Cell):
    """The GRU as first written (Cho et al., 2014): it resets before its product, so that two products hang together."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.input = nn.Linear(input_size, 3 * hidden_size)
        self.gates = nn.Parameter(torch.randn(2 * hidden_size, hidden_size) * hidden_size**-0.5)
        self.candidate = nn.Linear(hidden_size, hidden_size)

    def project(self, x: Tensor) -> Tensor:
        return self.input(x)

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        i_r, i_z, i_n = p.chunk(3, -1)
        h_r, h_z = F.linear(h, self.gates).chunk(2, -1)
        r, z = torch.sigmoid(i_r + h_r), torch.sigmoid(i_z + h_z)
        n = torch.tanh(i_n + self.candidate(r * h))
        h = (1 - z) * n + z * h
        return h, (h,)
