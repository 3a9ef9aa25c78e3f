"""Kernels in C++, for CPUs: one function for each, called through ctypes."""

import ctypes
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from seqkit.engine.build import build, compiler
from seqkit.engine.emit import Emitter
from seqkit.engine.operations import prelude
from seqkit.engine.target import Kernel, Request
from seqkit.engine.walk import Act, Place, Struct, walk


class Cpp:
    """The target of CPUs; products are library calls between its kernels."""

    fuses = False

    def obstacle(self, tensor: Tensor) -> str | None:
        """Tell why a tensor's device or dtype is none of this target's; None if it is."""
        if compiler() is None:
            return "no C++ compiler is found (g++, clang++ or the variable CXX)"
        if tensor.device.type != "cpu":
            return f"its kernels are for CPUs and GPUs, not for {tensor.device.type}"
        if tensor.dtype not in (torch.float32, torch.float64):
            return f"its kernels are for float32 and float64, not for {tensor.dtype}"
        return "autocast chooses the precision of every operation" if torch.is_autocast_enabled("cpu") else None

    def write(self, request: Request, dtype: torch.dtype) -> Kernel:
        """Write a kernel."""
        outputs = list(request.outputs.values())
        code = Emitter(request.name, request.reads, outputs, request.weights, request.batch, request.down).code()
        return Kernel(request.name, [node.name for node in request.reads], list(request.outputs), code)

    def link(self, kernels: Sequence[Kernel], dtype: torch.dtype) -> None:
        """Compile kernels into one library and take their functions from it.

        Raises:
            BuildError: if the compiler is missing or fails.
        """
        library = build(prelude(dtype) + "\n".join(kernel.code for kernel in kernels))
        for kernel in kernels:
            kernel.function = getattr(library, kernel.name)
            kernel.function.restype = None
            kernel.function.argtypes = (ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long)

    def bind(self, kernel: Kernel, places: dict[str, Place], rows: int) -> "Bound":
        """Return a kernel as a function of the step's number."""
        return Bound(kernel.function, [places[name] for name in (*kernel.reads, *kernel.writes)], rows)

    def walk(self, acts: Sequence[Act], times: range) -> None:
        """Take steps one after the other."""
        walk(acts, times)


class Bound:
    """A kernel and the places of its tensors, which must live as long as it.

    Args:
        function: the kernel.
        places: where the tensors are.
        rows: rows of the batch.
    """

    def __init__(self, function: Any, places: Sequence[Place], rows: int) -> None:
        array = ctypes.c_void_p * len(places)
        evens = array(*(even.data_ptr() for even, _, _ in places))
        odds = array(*(odd.data_ptr() for _, odd, _ in places))
        self.function, self.rows, self.bases = function, rows, (evens, odds)
        self.strides = (ctypes.c_long * len(places))(*(stride for _, _, stride in places))

    def __call__(self, t: int) -> None:
        """Take step t."""
        self.function(self.rows, self.bases[t & 1], self.strides, t)

    def told(self) -> Struct:
        """Tell C++ of it."""
        address = ctypes.addressof
        bases = (ctypes.c_void_p * 2)(*(address(array) for array in self.bases))
        kernel = ctypes.cast(self.function, ctypes.c_void_p)
        return Struct(kernel=kernel, bases=bases, strides=address(self.strides), rows=self.rows)


CPP = Cpp()
