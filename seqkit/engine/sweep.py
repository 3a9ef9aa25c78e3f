"""The plan `scan` in compiled kernels: coefficients, recurrence and output of a linear cell in one pass over memory.

A kernel of the plan `compiled` takes one step of all rows of a batch. No product with a weight stands between the steps
of a linear cell, so the same kernel may take all steps of one row: it reads as the old state what it has just written.
Nothing is copied to put time first, and the state never leaves the cache.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from seqkit.cells.base import Cell, State
from seqkit.engine.compiled import hindrance, learns, prepare, weights_of
from seqkit.engine.cpp import CPP
from seqkit.engine.held import holding, tensors_of
from seqkit.engine.kernel import Program
from seqkit.engine.target import Kernel
from seqkit.engine.trace import Unsuited
from seqkit.engine.walk import Place

Twin = Callable[[Cell, Tensor, Tensor, Tensor | None], tuple[Tensor, Tensor]]
"""Of a cell, p (B, T, P), the state before the first step (B, S) and a mask (B, T): the outputs and the last state."""


@dataclass(frozen=True)
class Setting:
    """What runs.

    Args:
        program: the cell's step, traced and compiled: one kernel for the way there, and one for the way back.
        cell: the cell.
        twin: the same by torch.
        names: names of the cell's own tensors that learn.
    """

    program: Program
    cell: Cell
    twin: Twin
    names: tuple[str, ...]


def sweep(cell: Cell, x: Tensor, state: State, mask: Tensor | None, twin: Twin) -> tuple[Tensor, State]:
    """Run a linear cell over time, at least one step of one row; arguments and results are those of `scan`.

    Args:
        cell: a cell that declares `linear_coefficients`.
        x: input (B, T, D).
        state: the state before the first step, one tensor (B, S).
        mask: true at real tokens, (B, T), or None if all are real.
        twin: the same by torch, for gradients that shall have gradients.

    Raises:
        Unsuited: if the cell's equations cannot be written as a kernel, or the compiler is missing or fails.
    """
    program = program_for(cell, x, state, mask is not None)
    p = cell.project(x).contiguous()
    weights = weights_of(cell, program.traced, p)
    own = {name: tensor for name, tensor in tensors_of(cell).items() if tensor.requires_grad}
    setting = Setting(program, cell, twin, tuple(own))
    mask = None if mask is None else mask.contiguous()
    y, final = Sweep.apply(setting, mask, p, *state, *weights, *own.values())
    return y, (final,)


def program_for(cell: Cell, x: Tensor, state: State, masked: bool) -> Program:
    """Return a cell's kernels.

    Raises:
        Unsuited: if there are none, or they do not suit these tensors.
    """
    if (reason := hindrance(cell, x, state)) is not None:
        raise Unsuited(reason)
    if x.dtype != state[0].dtype:
        raise Unsuited(f"its input is {x.dtype}, its state {state[0].dtype}")
    program = prepare(cell, state, masked, 0.0, learns(cell, x, state), link_it=True).required()
    if program.target is not CPP or program.traced.products or program.traced.noises:
        raise Unsuited("its step is more than one kernel, or draws random numbers")
    return program


class Sweep(torch.autograd.Function):
    """A linear cell over time: `apply(setting, mask, p, start, *weights, *own)` gives the outputs and the last state.

    Args of `apply`:
        setting: what runs.
        mask: true at real tokens, (B, T), or None.
        p: projected input (B, T, P).
        start: the state before the first step, (B, S).
        weights: what the step's weights come to.
        own: the cell's own tensors that learn. They get gradients only where these shall have gradients in turn;
            elsewhere the weights do, which were made of them.
    """

    @staticmethod
    def forward(ctx: Any, setting: Setting, mask: Tensor | None, p: Tensor, start: Tensor, *others: Tensor) -> Any:
        """Take all steps: the outputs (B, T, H) and the state after the last, (B, S)."""
        program = setting.program
        kernel: Any = program.stages[0].forward
        made = {name: p.new_empty(*p.shape[:2], program.widths[name]) for name in kernel.writes}
        states, begin = made["new0"], start.contiguous()
        fixed = weight_places(program, others)
        series = {"p0": p, "mask0": mask, **made}
        first = bind(kernel, series, (0, 1), {**fixed, "state0": moving(begin)})
        rest = bind(kernel, series, (1, p.shape[1]), {**fixed, "state0": moving(states)})
        for row in range(p.shape[0]):
            first(row)
            rest(row)
        ctx.setting = setting
        ctx.save_for_backward(mask, p, start, states, *(made[name] for name in program.stages[0].saves), *others)
        return made.get("h", states), states[:, -1].clone()

    @staticmethod
    def backward(ctx: Any, dy: Tensor, dfinal: Tensor) -> Any:
        """Take all steps backwards: the gradients of p, the start, and the weights or what they were made of."""
        program: Program = ctx.setting.program
        mask, p, start, states, *saved = ctx.saved_tensors
        saves = dict(zip(program.stages[0].saves, saved, strict=False))
        others = saved[len(saves) :]
        if torch.is_grad_enabled():
            return None, None, *by_twin(ctx.setting, mask, p, start, others, (dy, dfinal))
        series = {"p0": p, "mask0": mask, "d_h": dy.contiguous(), **saves}
        made = sweep_back(program, series, states, start.contiguous(), dfinal, weight_places(program, others))
        # A row for each row of the batch, added up at the end: a sum of many small numbers is more exact in parts.
        summed = [None if (d := made.get(f"d_weight{i}")) is None else d.sum(0) for i in range(len(others))]
        shaped = [None if d is None else d.reshape(like.shape) for d, like in zip(summed, others, strict=True)]
        return None, None, made.get("d_p0"), made.get("d_state0"), *shaped


def sweep_back(
    program: Program,
    series: dict[str, Tensor | None],
    states: Tensor,
    start: Tensor,
    dfinal: Tensor,
    fixed: dict[str, Place],
) -> dict[str, Tensor]:
    """Take all steps backwards and return the gradients by name.

    Args:
        program: the cell's step.
        series: what the kernel may read of every step, (B, T, ·) each, by name.
        states: the states (B, T, S).
        start: the state before them (B, S).
        dfinal: the gradient of the last state (B, S).
        fixed: where the weights are.
    """
    kernel: Any = program.stages[0].backward
    rows, length, width = states.shape
    made = {name: states.new_zeros(rows, program.widths[name[2:]]) for name in kernel.writes if name != "d_p0"}
    fixed = fixed | {name: moving(tensor) for name, tensor in made.items()}
    if "d_p0" in kernel.writes:
        made["d_p0"] = series["d_p0"] = states.new_empty(rows, length, program.widths["p0"])
    # What the steps behind it give back to each state; every row of the batch uses the place anew.
    behind = states.new_zeros(length, width)
    turning = {"state0": moving(states), "d_new0": still(behind[1:]), "d_state0": still(behind)}
    rest = bind(kernel, series, (1, length), fixed | turning)
    first = bind(kernel, series, (0, 1), fixed | {"state0": moving(start), "d_new0": still(behind)})
    for row, last in enumerate(dfinal.unbind()):
        behind[-1] = last
        rest(row)
        first(row)
    return made


def by_twin(
    setting: Setting,
    mask: Tensor | None,
    p: Tensor,
    start: Tensor,
    others: list[Tensor],
    outer: tuple[Tensor, Tensor],
) -> list[Tensor | None]:
    """Return gradients that can be differentiated again: of p, the start, none of the weights, and the cell's own."""
    count = len(others) - len(setting.names)
    inputs = [p, start, *others[count:]]
    with holding(setting.cell, dict(zip(setting.names, inputs[2:], strict=True))):
        made = setting.twin(setting.cell, p, start, mask)
    places = [place for place, tensor in enumerate(inputs) if tensor.requires_grad]
    learning = [inputs[place] for place in places]
    found = torch.autograd.grad(made, learning, outer, create_graph=True, allow_unused=True)
    by_place = dict(zip(places, found, strict=True))
    gradients = [by_place.get(place) for place in range(len(inputs))]
    return [*gradients[:2], *[None] * count, *gradients[2:]]


def weight_places(program: Program, others: Sequence[Tensor]) -> dict[str, Place]:
    """Return where the kernels find the step's weights, the first of some tensors."""
    count = len(program.traced.inputs["weight"])
    return {f"weight{i}": still(weight.contiguous()) for i, weight in enumerate(others[:count])}


def moving(tensor: Tensor) -> Place:
    """Return the place of a tensor (B, …) of which each row of the batch has a part of its own."""
    return tensor, tensor, tensor.stride(0) * tensor.element_size()


def still(tensor: Tensor) -> Place:
    """Return the place of a tensor that all rows of the batch use."""
    return tensor, tensor, 0


def bind(
    kernel: Kernel, series: dict[str, Tensor | None], steps: tuple[int, int], places: dict[str, Place]
) -> Callable[[int], None]:
    """Return a kernel that takes some steps of one row of the batch, as a function of the row's number.

    Args:
        kernel: the kernel.
        series: what it may read and write of every step, (B, T, ·) each, by name.
        steps: the first step, and the one behind the last.
        places: where all else is, at the first of these steps; they must live as long as the kernel runs.
    """
    first, last = steps
    known = {name: moving(tensor[:, first:last]) for name, tensor in series.items() if tensor is not None}
    return CPP.bind(kernel, known | places, last - first)
