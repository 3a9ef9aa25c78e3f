"""A weight in eight bits: a quarter of the memory, and so of the time, that a product with one vector takes."""

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._pytree import tree_map

from seqkit.engine.build import build

SOURCE = Path(__file__).with_suffix(".cpp")
FOUR, WIDE = 4, 32
"""Rows and columns of a weight are padded to multiples of these: what the kernel takes at a time."""


class Struct(ctypes.Structure):
    """A weight as the kernel sees it: `struct Weight` in int8.cpp."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("numbers", "scales", "offsets")),
        *((name, ctypes.c_long) for name in ("rows", "columns", "wide")),
    )


@cache
def kernel() -> Callable[..., None]:
    """Return `product(weight, x, count, bias, out)` of int8.cpp, compiled when it is first needed.

    Raises:
        BuildError: if the C++ compiler is missing or fails.
    """
    function = build(SOURCE.read_text(encoding="utf-8")).product
    function.restype = None
    function.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    return function


class Int8Weight(Tensor):
    """A weight (N, K) of 8-bit numbers with one scale a row, which multiplies in integers where `F.linear` uses it.

        W ≈ s_n · Q,  Q in -127 … 127,  s_n = max_k |W_nk| / 127

    The vectors it is multiplied with are rounded to 7 bits as they come, each by itself (dynamic quantisation), so a
    row of a batch gives what it gives alone. Every other operation sees the rounded weight as floats.

    Args:
        weight: the weight (N, K) on the CPU.

    Raises:
        BuildError: if the C++ compiler is missing or fails.
    """

    numbers: Tensor
    """Q, padded (N', K'), int8."""

    scales: Tensor
    """s (N,), float32."""

    @staticmethod
    def __new__(cls, weight: Tensor) -> "Int8Weight":
        """Round a weight."""
        return Tensor._make_wrapper_subclass(cls, weight.shape, dtype=torch.float32, device=weight.device)

    def __init__(self, weight: Tensor) -> None:
        weight = weight.detach().float()
        rows, columns = weight.shape
        self.scales = weight.abs().amax(1).clamp(min=1e-30) / 127
        self.numbers = torch.zeros(-(-rows // FOUR) * FOUR, -(-columns // WIDE) * WIDE, dtype=torch.int8)
        self.numbers[:rows, :columns] = torch.round(weight / self.scales[:, None])
        self.offsets = 64 * self.numbers.sum(1, dtype=torch.int32)  # the kernel counts a vector's numbers from 64
        places = (tensor.data_ptr() for tensor in (self.numbers, self.scales, self.offsets))
        self.struct = Struct(*places, rows, columns, self.numbers.shape[1])
        self.kernel, self.address = kernel(), ctypes.addressof(self.struct)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Int8Weight":
        """Return the weight itself: nothing can change it."""
        return self

    def floats(self) -> Tensor:
        """Return the rounded weight as floats (N, K)."""
        rows, columns = self.shape
        return self.numbers[:rows, :columns] * self.scales[:, None]

    def product(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        """Compute x Wᵀ + b in integers: x (..., K), b (N,) -> (..., N)."""
        x = x.detach().float().contiguous()
        out = x.new_empty(*x.shape[:-1], self.shape[0])
        self.bound(x, None if bias is None else bias.detach().float().contiguous(), out)()
        return out

    def bound(self, x: Tensor, bias: Tensor | None, out: Tensor) -> Callable[[], None]:
        """Return what writes x Wᵀ + b of a memory x (..., K) into the memory `out` (..., N), both float32."""
        count = x.numel() // self.shape[1]
        # The tensors stand among the defaults so that they live as long as what reads them.
        places = x.data_ptr(), count, None if bias is None else bias.data_ptr(), out.data_ptr()
        kernel, address = self.kernel, self.address

        def run(_: Any = (self, x, bias, out)) -> None:
            kernel(address, *places)

        return run

    @classmethod
    def __torch_function__(
        cls, func: Callable, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Multiply in integers under `F.linear`."""
        if func is F.linear and len(args) > 1 and isinstance(args[1], cls):
            return args[1].product(args[0], args[2] if len(args) > 2 else (kwargs or {}).get("bias"))
        with torch._C.DisableTorchFunctionSubclass():
            return func(*args, **kwargs or {})

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Callable, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Give every other operation the floats."""
        args, kwargs = tree_map(lambda t: t.floats() if isinstance(t, cls) else t, (args, kwargs or {}))
        return func(*args, **kwargs)


def int8_weights(module: nn.Module) -> dict[str, Int8Weight]:
    """Return the 8-bit weights of a module and its parts, by name."""
    # Asked before every short run: nothing is made of what is no such weight.
    return {
        f"{path}.{name}" if path else name: value
        for path, part in module.named_modules()
        for name, value in vars(part).items()
        if isinstance(value, Int8Weight)
    }


def affine(weight: Tensor, bias: Tensor | None) -> Callable[[Tensor], Tensor]:
    """Return x -> x Wᵀ + b as a function, without the cost of asking each time what the weight is.

    Args:
        weight: W (N, K).
        bias: b (N,), or None.
    """
    if isinstance(weight, Int8Weight):
        return lambda x: weight.product(x, bias)
    return lambda x: F.linear(x, weight, bias)
