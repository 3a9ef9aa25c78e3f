"""Gates: how often they are shut or open, found for any cell by watching the sigmoids of its step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from seqkit.cells.base import Cell
from seqkit.diagnostics.recording import Trace

SHUT, OPEN = 0.1, 0.9
"""Below and above these a gate counts as saturated (Karpathy et al., 2015)."""

SIGMOIDS: dict[Callable[..., Any], bool] = {
    torch.sigmoid: False,
    torch.sigmoid_: False,
    torch.Tensor.sigmoid: False,
    torch.Tensor.sigmoid_: False,
    torch.special.expit: False,
    F.hardsigmoid: False,
    F.logsigmoid: True,
}
"""Functions whose result is a gate, and whether it is one's logarithm."""


class SigmoidWatch(TorchFunctionMode):
    """Collects the value of every sigmoid that is computed inside the block, in order.

    Example:
        >>> with SigmoidWatch() as watch:
        ...     _ = torch.zeros(2).sigmoid() + torch.tanh(torch.ones(2))
        >>> [gate.tolist() for gate in watch.gates]
        [[0.5, 0.5]]
    """

    def __init__(self) -> None:
        super().__init__()
        self.gates: list[Tensor] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        if func in SIGMOIDS:
            # A copy: the cell may go on working in place.
            self.gates.append((found.detach().exp() if SIGMOIDS[func] else found.detach()).clone())
        return found


@dataclass(frozen=True)
class Gate:
    """One gate of one layer and direction.

    Args:
        name: the cell's name for it, from `Cell.gate_names`; else `gate 0`, `gate 1` in the order of computing.
        mean: its mean value.
        shut: for each unit, how often it is below 0.1, (H,).
        open: for each unit, how often it is above 0.9, (H,).
    """

    name: str
    mean: float
    shut: Tensor
    open: Tensor


def gate_saturation(trace: Trace, points: int = 256) -> list[Gate]:
    """Measure the gates of a cell: every sigmoid that its step computes.

    Steps of kernels that show nothing of their insides, such as `torch.nn.LSTMCell`, have no gates to be seen.

    Args:
        trace: one layer and direction, as `record` gives it.
        points: how many steps to look at, spread evenly over the batch; default 256.

    Returns:
        The gates, in the order in which the step computes them; empty for a cell without.

    Source:
        Karpathy et al., "Visualizing and understanding recurrent networks", 2015 (section 4.2).
    """
    seen: list[list[Tensor]] = []
    for t, b in trace.spread(points):
        moment = trace.moments[t]
        with torch.no_grad(), SigmoidWatch() as watch:
            trace.step(moment.p[b : b + 1], tuple(tensor[b : b + 1] for tensor in moment.before))
        seen.append([gate.reshape(-1) for gate in watch.gates])
    # Sigmoids that are not computed at every step have no share of steps in which they are shut.
    if not seen or not seen[0] or any([g.shape for g in each] != [g.shape for g in seen[0]] for each in seen):
        return []
    values = [torch.stack(same).float().cpu() for same in zip(*seen, strict=True)]  # (N, H) each
    return [
        Gate(name, float(each.mean()), (each < SHUT).float().mean(0), (each > OPEN).float().mean(0))
        for name, each in named(values, declared(type(trace.cell)))
    ]


def declared(cell: type[Cell]) -> tuple[str, ...]:
    """Return the names that a cell gives its gates; those of a class whose step it has replaced are not its own."""
    owner = next(kind for kind in cell.__mro__ if {"step", "gate_names"} & vars(kind).keys())
    return cell.gate_names if "gate_names" in vars(owner) else ()


def named(values: list[Tensor], names: tuple[str, ...]) -> list[tuple[str, Tensor]]:
    """Give gates their names; a step may compute several in one sigmoid, side by side."""
    whole = torch.cat(values, 1)
    if names and whole.shape[1] % len(names) == 0:
        parts = whole.chunk(len(names), 1)
        borders = {sum(v.shape[1] for v in values[: i + 1]) for i in range(len(values))}
        # Names that do not fit what was found would be told of the wrong numbers.
        if borders <= {(i + 1) * parts[0].shape[1] for i in range(len(names))}:
            return list(zip(names, parts, strict=True))
    return [(f"gate {index}", each) for index, each in enumerate(values)]
