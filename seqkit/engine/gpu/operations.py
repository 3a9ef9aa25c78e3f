"""The operations that kernels in Triton know, each as an expression."""

import math
from typing import Any

import torch

from seqkit.engine.operations import name_of
from seqkit.engine.trace import Node, Unsuited, aten

POINTWISE = {
    "neg": "-{0}",
    "abs": "tl.abs({0})",
    "reciprocal": "1 / {0}",
    "sqrt": "tl.sqrt({0})",
    "rsqrt": "1 / tl.sqrt({0})",
    "exp": "tl.exp({0})",
    "expm1": "expm1_({0})",
    "log": "tl.log({0})",
    "log1p": "log1p_({0})",
    "log2": "tl.log2({0})",
    "sin": "tl.sin({0})",
    "cos": "tl.cos({0})",
    "erf": "tl.erf({0})",
    "floor": "tl.floor({0})",
    "sigmoid": "1 / (1 + tl.exp(-{0}))",
    "tanh": "tanh_({0})",
    "relu": "larger_({0}, 0 * {0})",
    "sign": "({0} > 0).to({T}) - ({0} < 0).to({T})",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "maximum": "larger_({0}, {1})",
    "minimum": "smaller_({0}, {1})",
    "eq": "{0} == {1}",
    "ne": "{0} != {1}",
    "lt": "{0} < {1}",
    "le": "{0} <= {1}",
    "gt": "{0} > {1}",
    "ge": "{0} >= {1}",
    "logical_not": "{0} == 0",
    "logical_and": "{0} & {1}",
    "logical_or": "{0} | {1}",
    "bitwise_not": "{0} == 0",
    "bitwise_and": "{0} & {1}",
    "bitwise_or": "{0} | {1}",
    "where": "tl.where({0}, {1}, {2})",
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "rsub": "{1} - {0}",
}
"""Triton by the operation's name, whatever its overload."""

POWERS = {1: "{0}", 2: "{0} * {0}", 3: "{0} * {0} * {0}", 4: "{0} * {0} * {0} * {0}"} | {
    0.5: "tl.sqrt({0})",
    -0.5: "1 / tl.sqrt({0})",
    -1: "1 / {0}",
    -2: "1 / ({0} * {0})",
}
"""The powers that need no logarithm, which knows no negative numbers."""

REDUCTIONS: dict[Any, tuple[str, str, str]] = {
    aten.sum.dim_IntList: ("0.0", "tl.sum", "{0} + {1}"),
    aten.mean.dim: ("0.0", "tl.sum", "{0} + {1}"),
    aten.amax.default: ('float("-inf")', "tl.max", "larger_({0}, {1})"),
    aten.amin.default: ('float("inf")', "tl.min", "smaller_({0}, {1})"),
}
"""What is taken over a row: what stands beyond its end, how a unit is taken together, and two of them."""


def literal(value: Any, dtype: str) -> str:
    """Write a number in full, in the dtype that the kernel computes in."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        number = repr(float(value)) if math.isfinite(value) else f'float("{value}")'
        return f"tl.full((1, 1), {number}, {dtype})"
    return repr(value)


def render(node: Node, args: list[str], dtype: str) -> str:
    """Write an operation on values.

    Raises:
        Unsuited: if no expression is known for it.
    """
    name = name_of(node)
    if name in ("clamp", "clamp_min", "clamp_max"):
        return clamped(node, args, name)
    if name == "pow" and node.args[1] in POWERS:
        return POWERS[node.args[1]].format(*args)
    if name == "_to_copy":
        return converted(node, args[0], dtype)
    scale = node.kwargs.get("alpha", node.args[2] if len(node.args) > 2 and name in ("add", "sub", "rsub") else 1)
    if name not in POINTWISE or set(node.kwargs) - {"alpha"}:
        raise Unsuited(f"its step uses `{node.target}`, which this plan cannot write as a kernel for a GPU")
    if scale != 1:
        scaled = 1 if name != "rsub" else 0
        args = [f"{arg} * {float(scale)!r}" if i == scaled else arg for i, arg in enumerate(args)]
    return POINTWISE[name].format(*args, T=dtype)


def clamped(node: Node, args: list[str], name: str) -> str:
    """Write a value kept between bounds, of which one may be missing."""
    low, high = {"clamp_min": (1, 9), "clamp_max": (9, 1)}.get(name, (1, 2))
    value = args[0]
    if low < len(args) and node.args[low] is not None:
        value = f"larger_({value}, {args[low]})"
    return f"smaller_({value}, {args[high]})" if high < len(args) and node.args[high] is not None else value


def converted(node: Node, value: str, dtype: str) -> str:
    """Write a change of dtype between truth values and numbers."""
    before, after = node.args[0].meta["val"].dtype, node.meta["val"].dtype
    if after == torch.bool:
        return f"{value} != 0"
    if before in (after, torch.bool):
        return f"({value}).to({dtype})"
    raise Unsuited(f"its step changes the dtype from {before} to {after}")
