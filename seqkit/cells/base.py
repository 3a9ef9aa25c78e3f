"""The contract of a cell: one recurrence, written as equations, for one layer and one direction.

A cell knows nothing of time, padding, layers, dropout or files. Whoever writes `init_state`, `project` and `step`
gets all of that from the rest of seqkit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers import initialization

State = tuple[Tensor, ...]
"""The state of one cell: tensors whose first axis is the batch, each (B, ·)."""


@dataclass(frozen=True)
class TorchKernel:
    """A cell's weights in the layout of torch's own recurrent kernels.

    Args:
        mode: `"rnn_tanh"`, `"rnn_relu"`, `"gru"` or `"lstm"`, as torch names them.
        weights: `weight_ih, weight_hh` and, if the cell has biases, `bias_ih, bias_hh`.
    """

    mode: str
    weights: tuple[Tensor, ...]


class Cell(nn.Module):
    """One recurrence: `h_t, state_t = step(project(x)_t, state_{t-1})`.

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of the output vector h.
        options: keyword arguments of the subclass, all with defaults. Their annotations are their rule:
            `bias: bool = True`, `nonlinearity: Literal["tanh", "relu"] = "tanh"`.

    Example:
        >>> class Leaky(Cell):
        ...     '''h_t = (h_{t-1} + x_t W) / 2'''
        ...     def __init__(self, input_size, hidden_size):
        ...         super().__init__(input_size, hidden_size)
        ...         self.weight = nn.Parameter(torch.ones(input_size, hidden_size))
        ...     def project(self, x):
        ...         return x @ self.weight
        ...     def step(self, p, state):
        ...         h = (state[0] + p) / 2
        ...         return h, (h,)
        >>> cell = Leaky(3, 2)
        >>> h, state = cell.step(cell.project(torch.ones(1, 1, 3))[:, 0], cell.init_state(1))
        >>> h.tolist()
        [[1.5, 1.5]]
    """

    recurrent_weights: ClassVar[tuple[str, ...]] = ()
    """Names of the weights that multiply the state: what `weight_dropout` may drop from."""

    gate_names: ClassVar[tuple[str, ...]] = ()
    """Names of the gates in the order in which `step` computes their sigmoids, for `seqkit.diagnostics`.

    A subclass with another `step` names its own."""

    _arguments: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **options: Any) -> "Cell":
        """Remember how the cell was constructed, so that `rebuild` can do it again."""
        cell = super().__new__(cls)
        cell.__dict__["_arguments"] = (args, options)
        return cell

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size

    def init_state(self, batch_size: int) -> State:
        """Return the state before the first step: zeros (B, H), unless a cell says otherwise."""
        return (self.zeros(batch_size),)

    def project(self, x: Tensor) -> Tensor:
        """Compute all that needs no state, for all steps in one product: (B, T, D) -> (B, T, P)."""
        return x

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        """Take one step: p (B, P) and the state of before -> output h (B, H) and the new state.

        A linear cell may leave it out: its coefficients say it all.
        """
        if not self.is_linear:
            raise NotImplementedError(f"{type(self).__name__} must define step(p, state): a cell is its equations.")
        a, b = self.linear_coefficients(p)
        h = a * state[0] + b
        return self.linear_output(p, h), (h,)

    def linear_coefficients(self, p: Tensor) -> tuple[Tensor, Tensor]:
        """Return a and b of a linear recurrence h_t = a_t ⊙ h_{t-1} + b_t; a cell that defines this is linear.

        The engine then scans over time in place of stepping. The state must be h alone.

        Args:
            p: projected input, (B, T, P) for all steps or (B, P) for one.

        Returns:
            a and b, (B, T, S) or (B, S) for a state h of size S; a may also be of a shape that broadcasts to that.
        """
        raise NotImplementedError(f"{type(self).__name__} is not linear.")

    def linear_output(self, p: Tensor, h: Tensor) -> Tensor:
        """Return the output of a linear cell: h itself, unless a cell says otherwise.

        Args:
            p: projected input, (B, T, P) or (B, P).
            h: the states, (B, T, S) or (B, S).

        Returns:
            The output (B, T, H) or (B, H).
        """
        return h

    @property
    def is_linear(self) -> bool:
        """Whether the equations are those of `linear_coefficients`: not where a subclass wrote a `step` of its own."""
        kinds = type(self).__mro__
        latest = next(kind for kind in kinds if {"step", "linear_coefficients"} & vars(kind).keys())
        return latest is not Cell and "linear_coefficients" in vars(latest)

    def torch_kernel(self) -> TorchKernel | None:
        """Return the weights for torch's own kernel if it computes exactly this cell's equations, else None."""
        return None

    def reset_parameters(self) -> None:
        """Initialise the parameters anew; a cell that leaves this out is initialised by its constructor."""
        fresh = self.rebuild()
        for name, parameter in self.named_parameters():
            initialization.copy_(parameter, fresh.get_parameter(name))

    def reset_buffers(self) -> None:
        """Compute the buffers anew; a cell that leaves this out gets those of its constructor."""
        if next(self.buffers(), None) is None:
            return
        fresh = self.rebuild()
        for name, buffer in self.named_buffers():
            initialization.copy_(buffer, fresh.get_buffer(name))

    def rebuild(self) -> "Cell":
        """Construct a cell with the same arguments, off the meta device."""
        args, options = self._arguments
        with torch.device("cpu"):
            return type(self)(*args, **options)

    def zeros(self, batch_size: int, size: int | None = None) -> Tensor:
        """Return zeros (B, size), size H by default, on the device and in the dtype of the parameters."""
        like = next(self.parameters(), None)
        return (torch.empty(()) if like is None else like).new_zeros(batch_size, size or self.hidden_size)

    def extra_repr(self) -> str:
        """Show sizes and options when a model is printed."""
        args, options = self._arguments
        return ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in options.items())])


def init_gates(weight: Tensor, rule: Callable[[Tensor], Any]) -> None:
    """Initialise each gate's (H, ·) block of a stacked weight (gates * H, ·) by itself.

    The blocks are filled in a fresh tensor and copied: transformers guards loaded weights per parameter,
    and a view of a parameter would pass its guard.

    Args:
        weight: the stacked weight; its blocks are as high as the weight is wide, or as its rule needs.
        rule: an in-place initialiser of `torch.nn.init`, such as `torch.nn.init.orthogonal_`.
    """
    fresh = torch.empty_like(weight, dtype=torch.float32)
    for block in fresh.split(weight.shape[1]):
        rule(block)
    initialization.copy_(weight, fresh.to(weight.dtype))
