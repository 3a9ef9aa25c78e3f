"""Functions that Triton lacks, in plain arithmetic: they compile for every GPU and run in Triton's interpreter."""

# mypy: disable-error-code="no-untyped-def"

import triton
import triton.language as tl


@triton.jit
def expm1_(x):
    """Return e^x - 1, exact also near 0: what e^x loses by rounding is put right by its logarithm (Kahan)."""
    e = tl.exp(x)
    odd = (e == 1) | (x < -20) | (x > 80)  # where there is nothing to put right
    kept = tl.where(odd, 2.0, e)
    return tl.where(odd, tl.where(e == 1, x, e - 1), (kept - 1) / tl.log(kept) * x)


@triton.jit
def log1p_(x):
    """Return ln(1 + x), exact also near 0: what 1 + x loses by rounding is put right by a quotient (Kahan)."""
    u = 1 + x
    odd = (u == 1) | (u <= 0) | (u == float("inf"))
    kept = tl.where(odd, 2.0, u)
    return tl.where(odd, tl.where(u == 1, x, tl.log(u)), tl.log(kept) * (x / (kept - 1)))


@triton.jit
def tanh_(x):
    """Return the hyperbolic tangent."""
    e = expm1_(2 * tl.minimum(tl.abs(x), 20.0))
    size = tl.where(x == x, e / (e + 2), x)
    return tl.where(x < 0, -size, size)


@triton.jit
def larger_(a, b):
    """Return the larger of two numbers, or NaN."""
    return tl.where((a > b) | (a != a), a, b)


@triton.jit
def smaller_(a, b):
    """Return the smaller of two numbers, or NaN."""
    return tl.where((a < b) | (a != a), a, b)
