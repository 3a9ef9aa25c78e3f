"""Checks of a cell's manners: in low precision, in other processes, with what it is lent, and with its word."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from seqkit.cells.base import Cell
from seqkit.testing import process
from seqkit.testing.cell.bench import CellBench, follow, gradients, inputs, leaves, start
from seqkit.testing.cell.registry import CELL_CHECKS
from seqkit.testing.compare import all_same, finite, same
from seqkit.testing.manners import import_is_quiet


@CELL_CHECKS("bf16-finite")
def bf16_finite(bench: CellBench) -> None:
    """In bfloat16, and in bfloat16 by autocast, outputs, states and gradients are finite."""
    for dtype in (torch.bfloat16, torch.float32):
        cell, x = bench.make(dtype), inputs(dtype)
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.float32):
            y, final = follow(cell, x)
        finite("outputs", y)
        finite("states", *final)
        finite("gradients", *gradients([y.float(), *(tensor.float() for tensor in final)], [x, *leaves(cell)]))


@CELL_CHECKS("spawn-safe", optional=True)
def spawn_safe(bench: CellBench) -> None:
    """A pickled cell gives the same outputs in a spawned process."""
    cell, x = bench.make(), inputs().detach()
    expected = outputs_of(cell, x)
    same("outputs in another process", process.call(bench.kind, outputs_of, cell, x), expected)


@CELL_CHECKS("no-inplace-on-input")
def no_inplace_on_input(bench: CellBench) -> None:
    """Neither project nor step changes what it is given, with gradients or without."""
    for grad in (False, True):
        cell, x = bench.make(), 30 * inputs().detach()
        with torch.set_grad_enabled(grad):
            before, state = x.clone(), tuple(tensor.detach() for tensor in start(cell))
            p = cell.project(x)
            same("the input after project", x, before, tolerance=0)
            lent = [tensor.clone() for tensor in (p, *state)]
            cell.step(p[:, 0], state)
            all_same("the projected input and the state after step", [p, *state], lent, tolerance=0)


CELL_CHECKS("import-is-quiet", optional=True)(import_is_quiet)


@CELL_CHECKS("docstring-has-source")
def docstring_has_source(bench: CellBench) -> None:
    """The docstring says under `Source:` where the equations are from, with the year."""
    source = (bench.kind.__doc__ or "").partition("Source:")[2]
    assert re.search(r"\b(1[89]|20)\d\d\b", source), "its docstring has no `Source:` with a year, such as a paper's"


@CELL_CHECKS("capabilities-honest")
def capabilities_honest(bench: CellBench) -> None:
    """What it declares is so: recurrent weights act in the step alone, and a linear cell is linear in its state."""
    cell, x = bench.make(), inputs()
    with torch.no_grad():
        state = start(cell)
        p = cell.project(x)
        h, _ = cell.step(p[:, 0], state)
        for name in cell.recurrent_weights:
            assert name in dict(cell.named_parameters()), f"recurrent_weights names {name!r}, which is no parameter"
            with _without(cell, name):
                start(cell)
                same(f"project without the recurrent weight {name!r}", cell.project(x), p)
                changed = not torch.allclose(cell.step(p[:, 0], state)[0], h)
            assert changed, f"the recurrent weight {name!r} does nothing in step, or is not read as an attribute"
        if cell.is_linear:
            _is_affine(cell, p[:, 0])


def outputs_of(cell: Cell, x: Tensor) -> Tensor:
    """Return the outputs (B, T, H) of a cell: what a spawned process is asked for."""
    with torch.no_grad():
        return follow(cell, x)[0]


@contextmanager
def _without(cell: Cell, name: str) -> Iterator[None]:
    """Put zeros in place of a parameter, as dropout on recurrent weights does."""
    cell.__dict__[name] = torch.zeros_like(cell.get_parameter(name))
    try:
        yield
    finally:
        del cell.__dict__[name]


def _is_affine(cell: Cell, p: Tensor) -> None:
    """Compare the step from the mean of two states with the mean of the steps from each."""
    one, *others = start(cell)
    assert not others, f"it declares a linear recurrence, whose state is h alone, but has {1 + len(others)} tensors"
    states = [2 * one, -one, one / 2]
    first, second, middle = (cell.step(p, (state,))[1][0] for state in states)
    same("the step of a cell declared linear", middle, (first + second) / 2)
