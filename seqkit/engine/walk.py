"""The steps of a run, one after the other: in one call where C++ can take them all, else from Python, its twin."""

import ctypes
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seqkit.engine.build import BuildError, build

Place = tuple[Tensor, Tensor, int]
"""Where a tensor of step t is: for even and odd steps a tensor at step 0, and how many bytes each step moves on."""

Act = Callable[[int], Any]
"""What a step does, as a function of its number."""

SOURCE = Path(__file__).with_suffix(".cpp")
NAMES = {torch.float32: "sgemm_", torch.float64: "dgemm_"}
NUMBERS: dict[torch.dtype, ctypes.Array] = {
    torch.float32: (ctypes.c_float * 2)(1, 0),
    torch.float64: (ctypes.c_double * 2)(1, 0),
}
"""1 and 0 where the library can read them."""


class PlaceStruct(ctypes.Structure):
    """`struct Place` in walk.cpp."""

    _fields_ = (("base", ctypes.c_void_p * 2), ("stride", ctypes.c_long))


class Struct(ctypes.Structure):
    """`struct Step` in walk.cpp."""

    _fields_ = (
        ("kernel", ctypes.c_void_p),
        ("bases", ctypes.c_void_p * 2),
        *((name, ctypes.c_void_p) for name in ("strides", "gemm")),
        *((name, PlaceStruct) for name in ("operand", "result")),
        *((name, ctypes.c_void_p) for name in ("matrix", "bias", "one", "keep")),
        *((name, ctypes.c_long) for name in ("rows", "columns", "depth", "leading", "bytes")),
        ("turned", ctypes.c_char),
    )


class Product:
    """One product of a step: result = operand @ matrix, and what is added to it.

    Args:
        operand: where the operand (B, K) of each step is.
        matrix: the weight (K, G).
        result: where the result (B, G) of each step is.
        bias: added to every row (G,), or None.
        added: whether what the result holds is added.
    """

    def __init__(
        self, operand: Place, matrix: Tensor, result: Place, bias: Tensor | None = None, added: bool = False
    ) -> None:
        self.operand, self.matrix, self.result, self.bias, self.added = operand, matrix, result, bias, added

    def __call__(self, t: int) -> None:
        """Compute the product of step t."""
        operand, result = self.views[0](t), self.views[1](t)
        before = result if self.added else self.bias
        if before is None:
            torch.mm(operand, self.matrix, out=result)
        else:
            torch.addmm(before, operand, self.matrix, out=result)

    @cached_property
    def views(self) -> tuple[Callable[[int], Tensor], Callable[[int], Tensor]]:
        """The operand and the result as functions of the step's number."""
        return view(self.operand), view(self.result)

    def told(self) -> Struct | None:
        """Tell C++ of it; None if the library's product takes no such tensors."""
        matrix, bias = self.matrix, self.bias
        depth, columns = matrix.shape
        gemm = library_product(matrix.dtype)
        used = [tensor for place in (self.operand, self.result) for tensor in place[:2]]
        whole = all((tensor if tensor.dim() == 2 else tensor[0]).is_contiguous() for tensor in used)
        if gemm is None or not whole or not (matrix.is_contiguous() or matrix.t().is_contiguous()):
            return None
        if bias is not None and not (bias.is_contiguous() and bias.numel() == columns):
            return None
        numbers = NUMBERS[matrix.dtype]
        one, zero = ctypes.addressof(numbers), ctypes.addressof(numbers) + matrix.element_size()
        return Struct(
            gemm=gemm,
            operand=place_struct(self.operand),
            result=place_struct(self.result),
            matrix=matrix.data_ptr(),
            bias=None if bias is None else bias.data_ptr(),
            one=one,
            keep=zero if bias is None and not self.added else one,
            rows=self.operand[0].shape[-2],
            columns=columns,
            depth=depth,
            leading=columns if matrix.is_contiguous() else depth,
            bytes=columns * matrix.element_size(),
            turned=b"N" if matrix.is_contiguous() else b"T",
        )


def view(place: Place) -> Callable[[int], Tensor]:
    """Return a tensor (B, ·) as a function of the step's number."""
    even, odd, _ = place
    return even.unbind(0).__getitem__ if even.dim() == 3 else lambda t: odd if t & 1 else even


def place_struct(place: Place) -> PlaceStruct:
    """Tell C++ of a place."""
    even, odd, stride = place
    return PlaceStruct((ctypes.c_void_p * 2)(even.data_ptr(), odd.data_ptr()), stride)


@cache
def library_product(dtype: torch.dtype) -> int | None:
    """Return the address of the product that torch itself calls (BLAS), so that both give the same bits.

    None if the library does not show it, or counts otherwise than walk.cpp can say.
    """
    if dtype not in NAMES or sys.byteorder != "little":
        return None
    for path in sorted((Path(torch.__file__).parent / "lib").glob("*torch_cpu.*")):
        with suppress(OSError, AttributeError):
            return ctypes.cast(getattr(ctypes.CDLL(str(path)), NAMES[dtype]), ctypes.c_void_p).value
    return None


@cache
def walker() -> Callable[..., None] | None:
    """Return `walk(steps, count, first, behind, forward)` of walk.cpp, compiled when it is first needed.

    None if the C++ compiler fails at it or takes too long: once in a process is enough to wait for that.
    """
    try:
        function = build(SOURCE.read_text(encoding="utf-8")).walk
    except BuildError:
        return None
    function.restype, function.argtypes = None, (ctypes.c_void_p, *[ctypes.c_long] * 4)
    return function


def one_by_one(acts: Sequence[Act], times: range) -> None:
    """Take steps from Python."""
    for t in times:
        for act in acts:
            act(t)


def walk(acts: Sequence[Act], times: range) -> None:
    """Take steps in one call of C++, or from Python if one of their acts is known there alone.

    Args:
        acts: what each step does, in order.
        times: the numbers of the steps.
    """
    told = [made for act in acts if (made := act.told() if hasattr(act, "told") else None) is not None]
    # Less than the full precision that somebody asks for is torch's own affair.
    known = len(told) == len(acts) and torch.get_float32_matmul_precision() == "highest"
    if known and (function := walker()) is not None:
        function((Struct * len(told))(*told), len(told), times.start, times.stop, times.step)
    else:
        one_by_one(acts, times)
