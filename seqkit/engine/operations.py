"""The operations that the plan `compiled` knows, each as a line of C++."""

from typing import Any

import torch

from seqkit.engine.trace import Node, Unsuited, aten

POINTWISE = {
    "neg": "-{0}",
    "abs": "std::abs({0})",
    "reciprocal": "(T)1 / {0}",
    "sqrt": "std::sqrt({0})",
    "rsqrt": "(T)1 / std::sqrt({0})",
    "exp": "exp_({0})",
    "expm1": "expm1_({0})",
    "log": "log_({0})",
    "log1p": "log1p_({0})",
    "log2": "std::log2({0})",
    "sin": "std::sin({0})",
    "cos": "std::cos({0})",
    "erf": "std::erf({0})",
    "floor": "std::floor({0})",
    "sigmoid": "sigmoid_({0})",
    "tanh": "tanh_({0})",
    "relu": "{0} > 0 ? {0} : ({0} == {0} ? (T)0 : {0})",
    "sign": "(T)({0} > 0) - (T)({0} < 0)",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "atan2": "std::atan2({0}, {1})",
    "maximum": "larger_({0}, {1})",
    "minimum": "smaller_({0}, {1})",
    "eq": "{0} == {1}",
    "ne": "{0} != {1}",
    "lt": "{0} < {1}",
    "le": "{0} <= {1}",
    "gt": "{0} > {1}",
    "ge": "{0} >= {1}",
    "logical_not": "!{0}",
    "logical_and": "{0} && {1}",
    "logical_or": "{0} || {1}",
    "bitwise_not": "!{0}",
    "bitwise_and": "{0} & {1}",
    "bitwise_or": "{0} | {1}",
    "where": "{0} ? {1} : {2}",
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "rsub": "{1} - {0}",
}
"""C++ by the operation's name, whatever its overload."""

REDUCTIONS: dict[Any, tuple[str, str, str, str]] = {
    aten.sum.dim_IntList: ("0", "{0} += {1};", "", "+"),
    aten.mean.dim: ("0", "{0} += {1};", "{0} /= {1};", "+"),
    aten.amax.default: ("-INFINITY", "{0} = larger_({0}, {1});", "", "max"),
    aten.amin.default: ("INFINITY", "{0} = smaller_({0}, {1});", "", "min"),
}
"""Sums over a row: where they begin, how a value is added, how they end, and the compiler's word for it."""

SAME = {
    aten.expand.default,
    aten.view.default,
    aten.unsqueeze.default,
    aten.squeeze.dims,
    aten.squeeze.dim,
    aten.alias.default,
    aten.clone.default,
    aten.detach.default,
}
"""Operations that leave the columns of a row as they are."""

COSTLY = {
    getattr(aten, name).default for name in ("exp", "expm1", "log", "log1p", "sin", "cos", "erf", "sigmoid", "tanh")
}
"""What is kept rather than worked out again."""

CONSTANTS = {aten.full.default: 1, aten.full_like.default: 1, aten.scalar_tensor.default: 0}
"""Tensors of one number, and the place of the number among the arguments."""

MATHEMATICS = """
#include <cmath>
typedef {real} T;
typedef {integer} I;
static inline T larger_(T a, T b) {{ return a > b || a != a ? a : b; }}
static inline T smaller_(T a, T b) {{ return a < b || a != a ? a : b; }}
"""

FLOAT = """
// e^x = 2^n (1 + q): n whole, q = e^r - 1 by its series, |r| <= ln(2)/2. Plain arithmetic, so that loops vectorise.
static inline void parts_(float x, float& scale, float& q) {
  float c = x > 88.722f ? 88.722f : x;
  c = c < -87.0f ? -87.0f : c;
  float n = std::rint(c * 1.44269504f);
  n = n > 127.0f ? 127.0f : n;
  float r = (c - n * 0.693359375f) + n * 2.12194440e-4f;
  float s = 1.0f / 720 + r * (1.0f / 5040);
  s = 1.0f / 120 + r * s;
  s = 1.0f / 24 + r * s;
  s = 1.0f / 6 + r * s;
  s = 0.5f + r * s;
  q = r + r * r * s;
  scale = __builtin_bit_cast(float, ((int)n + 127) << 23);
}
static inline float exp_(float x) {
  float scale, q;
  parts_(x, scale, q);
  float y = scale + scale * q;
  y = x > 88.7228f ? INFINITY : y;
  return x < -87.33f ? 0.0f : y;
}
static inline float expm1_(float x) {
  float scale, q;
  parts_(x, scale, q);
  float y = scale * q + (scale - 1.0f);
  return x > 88.7228f ? INFINITY : y;
}
static inline float sigmoid_(float x) { return 1.0f / (1.0f + exp_(-x)); }
static inline float tanh_(float x) {
  float c = x > 10.0f ? 10.0f : x;
  c = c < -10.0f ? -10.0f : c;
  float e = expm1_(2.0f * c);
  return e / (e + 2.0f);
}
// ln(x) = e ln(2) + ln(1 + f): e whole, sqrt(1/2) <= 1 + f < sqrt(2), by a polynomial (Cephes, Moshier, 1989).
static inline float log_(float x) {
  bool tiny = x < 1.17549435e-38f;
  int bits = __builtin_bit_cast(int, tiny ? x * 8388608.0f : x);
  int whole = (bits - 0x3f3504f3) >> 23;
  float f = __builtin_bit_cast(float, bits - (whole << 23)) - 1.0f;
  float e = (float)(tiny ? whole - 23 : whole);
  float s = 7.0376836292e-2f * f - 1.1514610310e-1f;
  s = s * f + 1.1676998740e-1f;
  s = s * f - 1.2420140846e-1f;
  s = s * f + 1.4249322787e-1f;
  s = s * f - 1.6668057665e-1f;
  s = s * f + 2.0000714765e-1f;
  s = s * f - 2.4999993993e-1f;
  s = s * f + 3.3333331174e-1f;
  float y = f + (s * f * f * f - 2.12194440e-4f * e - 0.5f * f * f) + 0.693359375f * e;
  y = x < INFINITY ? y : x;  // infinity and NaN as they are
  y = x == 0.0f ? -INFINITY : y;
  return x < 0.0f ? NAN : y;
}
// What 1 + x loses by rounding is put right by the quotient of x and what is left of it.
static inline float log1p_(float x) {
  float u = 1.0f + x, left = u - 1.0f;
  float y = left == 0.0f ? x : log_(u) * (x / (left == 0.0f ? 1.0f : left));
  return x < INFINITY ? y : x;
}
"""

DOUBLE = """
static inline double exp_(double x) { return std::exp(x); }
static inline double expm1_(double x) { return std::expm1(x); }
static inline double sigmoid_(double x) { return 1.0 / (1.0 + std::exp(-x)); }
static inline double tanh_(double x) { return std::tanh(x); }
static inline double log_(double x) { return std::log(x); }
static inline double log1p_(double x) { return std::log1p(x); }
"""


def prelude(dtype: torch.dtype) -> str:
    """Return the functions that the lines use, for float32 or float64."""
    single = dtype == torch.float32
    names = {"real": "float", "integer": "int"} if single else {"real": "double", "integer": "long"}
    return MATHEMATICS.format(**names) + (FLOAT if single else DOUBLE)


def name_of(node: Node) -> str:
    """Return an operation's name without its overload."""
    return str(getattr(node.target, "overloadpacket", node.target)).removeprefix("aten.")


def render(node: Node, args: list[str]) -> str:
    """Write an operation on values as C++."""
    name = name_of(node)
    if name in ("clamp", "clamp_min", "clamp_max"):
        low, high = {"clamp_min": (1, 9), "clamp_max": (9, 1)}.get(name, (1, 2))
        value = args[0]
        if low < len(args) and node.args[low] is not None:
            value = f"larger_({value}, {args[low]})"
        return f"smaller_({value}, {args[high]})" if high < len(args) and node.args[high] is not None else value
    if name == "pow":
        return power(node, args)
    if name == "_to_copy":
        return converted(node, args)
    scale = node.kwargs.get("alpha", node.args[2] if len(node.args) > 2 and name in ("add", "sub", "rsub") else 1)
    if name not in POINTWISE or set(node.kwargs) - {"alpha"}:
        raise Unsuited(f"its step uses `{node.target}`, which this plan cannot write as a kernel")
    if scale != 1:
        args = [args[0], f"{args[1]} * (T){scale}"] if name != "rsub" else [f"{args[0]} * (T){scale}", args[1]]
    return POINTWISE[name].format(*args)


def power(node: Node, args: list[str]) -> str:
    """Write x^n; the common powers without a call."""
    exponent = node.args[1]
    if exponent in (1, 2, 3, 4):
        return " * ".join([args[0]] * int(exponent))
    return f"std::sqrt({args[0]})" if exponent == 0.5 else f"std::pow({args[0]}, {args[1]})"


def converted(node: Node, args: list[str]) -> str:
    """Write a change of dtype between truth values and numbers; to any other there is no C++ here."""
    before, after = node.args[0].meta["val"].dtype, node.meta["val"].dtype
    if before == after or before == torch.bool:
        return f"(T){args[0]}" if after != torch.bool else args[0]
    if after == torch.bool:
        return f"{args[0]} != 0"
    raise Unsuited(f"its step changes the dtype from {before} to {after}")


def constant(node: Node) -> float | None:
    """Return the number that a tensor of one number holds; None for any other operation."""
    return float(node.args[CONSTANTS[node.target]]) if node.target in CONSTANTS else None
