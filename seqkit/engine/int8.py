"""A weight in eight bits: a quarter of the memory, and so of the time, that a product with one vector takes."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._pytree import tree_map


def available() -> bool:
    """Tell whether this torch has products of 8-bit numbers for this processor."""
    return hasattr(torch, "quantize_per_channel") and torch.backends.quantized.engine != "none"


class Int8Weight(Tensor):
    """A weight (N, K) of 8-bit numbers with one scale a row, which multiplies in integers where `F.linear` uses it.

        W ≈ s_n · Q,  Q in -127 … 127,  s_n = max_k |W_nk| / 127

    The vectors it is multiplied with are rounded to 8 bits as they come (dynamic quantisation). Every other operation
    sees the rounded weight as floats.

    Args:
        weight: the weight (N, K) on the CPU.
    """

    product: Callable[[Tensor], Tensor]
    """x (..., K) -> x Wᵀ (..., N), in integers."""

    @staticmethod
    def __new__(cls, weight: Tensor) -> "Int8Weight":
        """Round a weight."""
        return Tensor._make_wrapper_subclass(cls, weight.shape, dtype=torch.float32, device=weight.device)

    def __init__(self, weight: Tensor) -> None:
        weight = weight.detach().float()
        scales = weight.abs().amax(1).clamp(min=1e-12).double() / 127
        zeros = torch.zeros(len(weight), dtype=torch.long)
        with warnings.catch_warnings():
            # torch has announced that its quantised tensors will go; nothing else reaches these kernels yet.
            warnings.simplefilter("ignore", UserWarning)
            rounded = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
        self.packed = torch.ops.quantized.linear_prepack(rounded, None)
        # The operator itself: torch's own wrapping looks for fakes among the arguments, which takes as long again.
        linear, packed = torch.ops.quantized.linear_dynamic.default._op, self.packed
        # Without VNNI instructions a sum of two 8-bit products can overflow: 7 bits for x are asked for (True).
        self.product = lambda x: linear(x, packed, True)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Int8Weight":
        """Return the weight itself: nothing can change it."""
        return self

    def floats(self) -> Tensor:
        """Return the rounded weight as floats (N, K)."""
        return torch.ops.quantized.linear_unpack(self.packed)[0].dequantize()

    @classmethod
    def __torch_function__(
        cls, func: Callable, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Multiply in integers under `F.linear`."""
        if func is F.linear and len(args) > 1 and isinstance(args[1], cls):
            bias = args[2] if len(args) > 2 else (kwargs or {}).get("bias")
            y = args[1].product(args[0])
            return y if bias is None else y + bias
        with torch._C.DisableTorchFunctionSubclass():
            return func(*args, **kwargs or {})

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Callable, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Give every other operation the floats."""
        args, kwargs = tree_map(lambda t: t.floats() if isinstance(t, cls) else t, (args, kwargs or {}))
        return func(*args, **kwargs)


def affine(weight: Tensor, bias: Tensor | None) -> Callable[[Tensor], Tensor]:
    """Return x -> x Wᵀ + b as a function, without the cost of asking each time what the weight is.

    Args:
        weight: W (N, K).
        bias: b (N,), or None.
    """
    if not isinstance(weight, Int8Weight):
        return lambda x: F.linear(x, weight, bias)
    product = weight.product
    return product if bias is None else lambda x: product(x).add_(bias)
