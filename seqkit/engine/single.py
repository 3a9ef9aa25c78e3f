"""One step of one cell again and again: what writing token by token costs most.

`PlainStep` runs a cell's own equations and is the naive twin of the others: `KernelStep` computes the cells that
torch's kernels know, in memory taken once (a kernel call would prepare all of its weights anew for every step), and
`CompiledStep` those in 8 bits, by the kernels of the plan `compiled`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from seqkit.cells.base import Cell, State, TorchKernel
from seqkit.engine.compiled import prepare, weights_of
from seqkit.engine.int8 import int8_weights
from seqkit.engine.recurrence import Tape, forward_steps, history, inputs
from seqkit.engine.trace import Unsuited
from seqkit.engine.zoneout import zoned

Product = Callable[[Tensor, Tensor], Tensor]


class PlainStep:
    """The steps of any cell, by its own equations.

    Args:
        cell: the recurrence, in evaluation mode.
        state: the state before the first step, tensors (B, ·).
        zoneout: probability that a unit of the state keeps its old value.
    """

    def __init__(self, cell: Cell, state: State, zoneout: float = 0.0) -> None:
        self.step = zoned(cell.step, zoneout) if zoneout else cell.step
        self.state = state

    def __call__(self, p: Tensor) -> Tensor:
        """Take one step: p (B, P) -> h (B, H)."""
        h, self.state = self.step(p, self.state)
        return h


class KernelStep(ABC):
    """The steps of a cell that a kernel of torch's computes; what they return is overwritten by the next one.

    All memory is taken here: views of it cost as much as the arithmetic of a small state.

    Args:
        kernel: the cell's weights.
        state: the state before the first step, tensors (B, H); it is copied.
    """

    def __init__(self, kernel: TorchKernel, state: State) -> None:
        self.kernel = kernel
        self.state = tuple(t.clone() for t in state)
        h = self.state[0]
        self.gates = h.new_empty(len(h), kernel.weights[1].shape[0])  # (B, G*H)
        self.product = product(kernel.weights[1], self.gates)
        self.t = torch.empty_like(h)

    @abstractmethod
    def __call__(self, p: Tensor) -> Tensor:
        """Take one step: p (B, G*H) -> h (B, H)."""


class RNNStep(KernelStep):
    """The steps of an Elman network: h = f(p + W_hh h)."""

    def __call__(self, p: Tensor) -> Tensor:
        """Take one step: p (B, H) -> h (B, H)."""
        (h,) = self.state
        self.product(p, h)
        f = torch.tanh if self.kernel.mode == "rnn_tanh" else torch.relu
        return h.copy_(f(self.gates))


class LSTMStep(KernelStep):
    """The steps of an LSTM."""

    def __init__(self, kernel: TorchKernel, state: State) -> None:
        super().__init__(kernel, state)
        self.chunks = self.gates.chunk(4, -1)

    def __call__(self, p: Tensor) -> Tensor:
        """Take one step: p (B, 4*H) -> h (B, H)."""
        (h, c), (i, f, g, o), t = self.state, self.chunks, self.t
        self.product(p, h)
        torch.tanh(g, out=t)
        # One call for all four: nobody looks at the sigmoid of g.
        self.gates.sigmoid_()
        c.mul_(f).addcmul_(i, t)
        return torch.mul(o, torch.tanh(c, out=t), out=h)


class GRUStep(KernelStep):
    """The steps of a GRU."""

    def __init__(self, kernel: TorchKernel, state: State) -> None:
        super().__init__(kernel, state)
        size = self.t.shape[1]
        bias = kernel.weights[3] if len(kernel.weights) > 2 else self.t.new_zeros(3 * size)
        self.bias = bias.expand_as(self.gates)
        self.sizes = 2 * size, size
        self.rz, self.n = self.gates.split(self.sizes, -1)
        self.r, self.z = self.rz.chunk(2, -1)

    def __call__(self, p: Tensor) -> Tensor:
        """Take one step: p (B, 3*H) -> h (B, H)."""
        (h,) = self.state
        p_rz, p_n = p.split(self.sizes, -1)
        self.product(self.bias, h)
        self.rz.add_(p_rz).sigmoid_()
        n = torch.addcmul(p_n, self.r, self.n, out=self.t).tanh_()
        return torch.lerp(n, h, self.z, out=h)


STEPS: dict[str, Callable[[TorchKernel, State], KernelStep]] = {
    "rnn_tanh": RNNStep,
    "rnn_relu": RNNStep,
    "lstm": LSTMStep,
    "gru": GRUStep,
}


class CompiledStep:
    """The steps of any cell that can be compiled; what they return is overwritten by the next but one.

    Args:
        cell: the recurrence, in evaluation mode.
        state: the state before the first step, tensors (B, ·); it is copied.
        zoneout: probability that a unit of the state keeps its old value.

    Raises:
        Unsuited: if the cell cannot be compiled.
    """

    def __init__(self, cell: Cell, state: State, zoneout: float = 0.0) -> None:
        program = prepare(cell, state, masked=False, zoneout=zoneout, train=False, link_it=True).required()
        traced = program.traced
        weights = weights_of(cell, traced, state[0])
        tape = Tape(program, 1, state[0][None])
        self.p = tape.fixed("p0")
        inputs(tape, None, [], weights)
        self.histories = [history(tape, j, part, whole=False) for j, part in enumerate(state)]
        self.h = self.histories[traced.output] if traced.output is not None else tape.fixed("h").expand(2, -1, -1)
        self.steps = forward_steps(tape, program, weights, {}, train=False)
        self.t = 0

    @property
    def state(self) -> State:
        """The state after the steps taken so far."""
        return tuple(history[self.t] for history in self.histories)

    def __call__(self, p: Tensor) -> Tensor:
        """Take one step: p (B, P) -> h (B, H)."""
        self.p.copy_(p)
        for step in self.steps:
            step(self.t)
        self.t = 1 - self.t
        return self.h[self.t]


def product(weight: Tensor, out: Tensor) -> Product:
    """Return a function (p, h) that writes p + W h into the same memory each time.

    Args:
        weight: the recurrent weight W (G*H, H).
        out: the memory (B, G*H).
    """
    transposed = weight.t()
    return lambda p, h: torch.addmm(p, h, transposed, out=out)


def single(cell: Cell, state: State, zoneout: float = 0.0) -> "PlainStep | KernelStep | CompiledStep":
    """Choose how to take the steps of a cell.

    Args:
        cell: the recurrence, in evaluation mode.
        state: the state before the first step, tensors (B, ·); never changed.
        zoneout: probability that a unit of the state keeps its old value.
    """
    if int8_weights(cell):
        try:
            return CompiledStep(cell, state, zoneout)
        except Unsuited:
            return PlainStep(cell, state, zoneout)
    kernel = cell.torch_kernel()
    # In half precision another order of rounding would show.
    if kernel is None or zoneout or state[0].dtype not in (torch.float32, torch.float64):
        return PlainStep(cell, state, zoneout)
    return STEPS[kernel.mode](kernel, state)
