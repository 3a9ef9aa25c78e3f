"""Kernels in Triton: how they are made from their text, and started for a step."""

import hashlib
import linecache
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from seqkit.engine.build import BuildError
from seqkit.engine.gpu.emit import TritonEmitter, is_matrix
from seqkit.engine.target import Kernel, Request
from seqkit.engine.walk import Act, Place, one_by_one

MISSING = "Triton is not installed (pip install 'seqkit[triton]')"

ROWS = 64
"""At most so many rows of a batch has a program; at least 16, the smallest product that the hardware knows."""

COLUMNS = 16
"""So many columns of a unit has a program that shares the rest with others."""

DEPTH = 64
"""So many columns of an operand are multiplied at once."""

HEAD = "import triton\nimport triton.language as tl\nfrom seqkit.engine.gpu.mathematics import *\n\n\n"


@dataclass(frozen=True)
class Layout:
    """How a kernel shares out its work.

    Args:
        unit: columns of a unit.
        whole: whether a program has whole rows.
        places: names of its arguments: what it reads, then what it writes.
    """

    unit: int
    whole: bool
    places: tuple[str, ...]

    def tile(self, rows: int) -> tuple[int, int]:
        """Return rows and columns of a program."""
        if self.whole:
            return 1, power_of_two(self.unit)
        return min(ROWS, max(16, power_of_two(rows))), COLUMNS


def power_of_two(size: int) -> int:
    """Return the least power of two that is not below a size."""
    return 1 << max(0, size - 1).bit_length()


def interpreted() -> bool:
    """Tell whether Triton interprets its kernels, on any device, as the variable TRITON_INTERPRET has it."""
    return os.environ.get("TRITON_INTERPRET", "0").lower() in ("1", "true", "yes", "on")


class Triton:
    """The target of GPUs."""

    fuses = True

    def obstacle(self, tensor: Tensor) -> str | None:
        """Tell why a tensor's device or dtype is none of this target's; None if it is."""
        if find_spec("triton") is None:
            return MISSING
        if interpreted() and tensor.dtype == torch.bfloat16:
            return "Triton's interpreter gives wrong products in bfloat16"
        known = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
        return None if tensor.dtype in known else f"its kernels are not for {tensor.dtype}"

    def write(self, request: Request, dtype: torch.dtype) -> Kernel:
        """Write a kernel."""
        emitter = TritonEmitter(request, dtype)
        code = emitter.code()
        reads, writes = list(emitter.used), list(request.outputs)
        sums = {} if emitter.whole else request.sums
        multiplied = frozenset(term.product for given in sums.values() for term in given.terms)
        layout = Layout(emitter.unit, emitter.whole, (*reads, *writes))
        return Kernel(request.name, [name for name in reads if not is_matrix(name)], writes, code, multiplied, layout)

    def link(self, kernels: Sequence[Kernel], dtype: torch.dtype) -> None:
        """Make functions of the kernels' texts; Triton compiles each when it is first started, and keeps it on disk.

        Raises:
            BuildError: if Triton is missing.
        """
        if find_spec("triton") is None:
            raise BuildError(MISSING)
        for kernel in kernels:
            kernel.function = function_of(kernel.name, kernel.code)

    def bind(self, kernel: Kernel, places: dict[str, Place], rows: int) -> Act:
        """Return a kernel as a function of the step's number."""
        height, width = kernel.layout.tile(rows)
        grid = (-(-rows // height), -(-kernel.layout.unit // width), 1)
        tail = (height, width, DEPTH, "ieee" if torch.get_float32_matmul_precision() == "highest" else "tf32")
        turns = [(*arguments(kernel.layout.places, places, odd), *tail) for odd in (False, True)]
        starts = [starter(kernel.function, grid, (rows, 0, *given)) for given in turns]

        def call(t: int) -> None:
            starts[t & 1](rows, t, *turns[t & 1])

        return call

    def walk(self, acts: Sequence[Act], times: range) -> None:
        """Take steps one after the other."""
        one_by_one(acts, times)


def arguments(names: Sequence[str], places: dict[str, Place], odd: bool) -> list[Any]:
    """Return a kernel's tensors, and after each how many numbers a step, a row or a column moves on."""
    found: list[Any] = []
    for name in names:
        even, other, stride = places[name]
        tensor = other if odd else even
        steps = tensor.stride() if is_matrix(name) else (stride // tensor.element_size(),)
        found += [tensor, *steps]
    return found


def starter(function: Any, grid: tuple[int, int, int], given: tuple[Any, ...]) -> Callable[..., Any]:
    """Return what starts a kernel for such arguments: compiled before, a start costs a few microseconds only."""
    return function[grid] if interpreted() else function.warmup(*given, grid=grid)[grid]


@cache
def function_of(name: str, code: str) -> Any:
    """Make Triton's function of a kernel's text."""
    # Triton reads a function's text where a debugger would: there is no file to read it from.
    text, place = HEAD + code, f"<seqkit kernel {name} {hashlib.sha256(code.encode()).hexdigest()[:12]}>"
    linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
    made: dict[str, Any] = {"__name__": "seqkit.engine.gpu.kernels"}
    exec(compile(text, place, "exec"), made)
    return made[name]


TRITON = Triton()
