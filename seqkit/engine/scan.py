"""The plan `scan`: linear recurrences h_t = a_t ⊙ h_{t-1} + b_t, whose coefficients are known before the first step.

Where a CPU has a compiler, kernels do it: see sweep.py. This is the scan by torch, for all else, which the kernels are
held to. All but one multiplication and one addition a step is computed for all steps at once, and the gradient of a
scan is a scan from the other end. Never in logarithms: they are slower, and know no negative numbers.
"""

import math
from collections.abc import Iterable
from contextlib import suppress
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit.cells.base import Cell, State
from seqkit.engine.compiled import too_small
from seqkit.engine.exported import exported_scan
from seqkit.engine.padding import where
from seqkit.engine.sweep import sweep
from seqkit.engine.trace import Unsuited
from seqkit.engine.tracing import tracing

CACHED = 1 << 18
"""Numbers in one tensor of a block: 1 MB in float32, of which a handful fit into a cache."""


def scan(cell: Cell, x: Tensor, state: State, mask: Tensor | None) -> tuple[Tensor, State]:
    """Run a linear cell over time.

    Args:
        cell: a cell that declares `linear_coefficients`.
        x: input (B, T, D), finite also where it is padded.
        state: the state before the first step, one tensor (B, S).
        mask: true at real tokens, (B, T), or None if all are real.

    Returns:
        The outputs (B, T, H), of no meaning at masked places, and the state after each row's last real token.
    """
    if too_small(x) is None:
        with suppress(Unsuited):
            return sweep(cell, x, state, mask, scan_block)
    (h,) = state
    p = cell.project(x)
    places, outputs = block_length(h), []
    # Split, not sliced: the gradient of each slice would be as large as the whole.
    blocks = (p,) if places is None else p.split(places, 1)
    masks = [mask] * len(blocks) if mask is None or places is None else mask.split(places, 1)
    for part, real in zip(blocks, masks, strict=True):
        y, h = scan_block(cell, part, h, real)
        outputs.append(y)
    # A copy: a view of the last state would keep those of its whole block in memory.
    return (torch.cat(outputs, 1) if len(outputs) > 1 else outputs[0]), (h.clone(),)


def block_length(start: Tensor) -> int | None:
    """Tell how many steps are taken together: on a CPU what its cache can hold, else None, which is all.

    The blocks change no number. A compiler sees no blocks: it would unroll them, for each length anew.
    """
    if start.device.type != "cpu" or tracing():
        return None
    return max(16, CACHED // max(1, start.numel()))


def scan_block(cell: Cell, p: Tensor, start: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """Scan some steps: p (B, T, P), the state before them (B, S) and the mask (B, T) -> outputs and last state."""
    a, b = torch.broadcast_tensors(*cell.linear_coefficients(p))  # (B, T, S) each
    if mask is not None:
        a, b = where(mask, a, 1.0), where(mask, b, 0.0)  # h_t = h_{t-1}
    # Under autocast the coefficients may be narrower than the state: it decides, as it does in the loop.
    dtype = reduce(torch.promote_types, (a.dtype, b.dtype, start.dtype))
    over_time = exported_scan if torch.onnx.is_in_onnx_export() else linear_scan
    h = over_time(a.to(dtype), b.to(dtype), start.to(dtype))
    return cell.linear_output(p, h), (h[:, -1] if p.shape[1] else start)


# Operators of torch's own kind, so that `torch.compile` and `torch.export` take each as one node, whatever T is.
@torch.library.custom_op("seqkit::linear_scan", mutates_args=())
def linear_scan(a: Tensor, b: Tensor, start: Tensor) -> Tensor:
    """Compute h_t = a_t ⊙ h_{t-1} + b_t for all t.

    Args:
        a: what remains of the state, (B, T, S).
        b: what is added to it, (B, T, S), in the same dtype.
        start: h_{-1}, (B, S), in the same dtype.

    Returns:
        h (B, T, S).
    """
    if b.device.type != "cpu":
        return chunked(a, b, start)
    h = _like_b(a, b)
    walk(a.unbind(1), b.unbind(1), start, h.unbind(1))
    return h


@torch.library.custom_op("seqkit::transposed_scan", mutates_args=())
def transposed_scan(a: Tensor, g: Tensor) -> Tensor:
    """Compute d_t = g_t + a_{t+1} ⊙ d_{t+1} for all t: what reaches each state from g and from the states after it.

    Args:
        a: the coefficients of the scan, (B, T, S).
        g: the gradient of its h, (B, T, S).

    Returns:
        d (B, T, S), the gradient of its b.
    """
    if g.device.type != "cpu":
        later = torch.cat([a[:, 1:], torch.zeros_like(a[:, :1])], 1)
        return chunked(later.flip(1), g.flip(1), torch.zeros_like(g[:, 0])).flip(1) if g.shape[1] else g.clone()
    d = _like_b(a, g)
    steps_a, steps_g, steps_d = a.unbind(1), g.unbind(1), d.unbind(1)
    if steps_d:
        last = steps_d[-1].copy_(steps_g[-1])
        walk(steps_a[:0:-1], steps_g[-2::-1], last, steps_d[-2::-1])
    return d


def walk(a: Iterable[Tensor], b: Iterable[Tensor], h: Tensor, into: Iterable[Tensor]) -> None:
    """Take one step after the other, each (B, S): on a CPU little slower than to read and write it all once."""
    for a_t, b_t, h_t in zip(a, b, into, strict=True):
        h = torch.addcmul(b_t, a_t, h, out=h_t)


def chunked(a: Tensor, b: Tensor, start: Tensor) -> Tensor:
    """Compute the same h (B, T, S) in some 2 √T steps in place of T, for devices where a step costs its launch.

    All chunks of √T steps run side by side from a state of zeros; then their last states are scanned, which tells what
    each chunk should have begun with, and what remains of that is added.
    """
    length = b.shape[1]
    size = max(1, math.isqrt(length))
    # What is filled in stands behind the last step, and is cut off.
    a, b = (F.pad(t, (0, 0, 0, -length % size)).unflatten(1, (-1, size)) for t in (a, b))  # (B, N, √T, S)
    inner, remains = torch.empty_like(b), a.cumprod(2)
    walk(a.unbind(2), b.unbind(2), torch.zeros_like(b[:, :, 0]), inner.unbind(2))
    ends = torch.empty_like(b[:, :, 0])  # (B, N, S)
    walk(remains[:, :, -1].unbind(1), inner[:, :, -1].unbind(1), start, ends.unbind(1))
    begins = torch.cat([start[:, None], ends], 1)[:, :-1, None]  # (B, N, 1, S)
    return torch.addcmul(inner, remains, begins).flatten(1, 2)[:, :length].contiguous()


def _like_b(a: Tensor, b: Tensor, start: Tensor | None = None) -> Tensor:
    return torch.empty_like(b, memory_format=torch.contiguous_format)


def _shift(start: Tensor, h: Tensor) -> Tensor:
    """Return what stood before each step: start (B, S), h (B, T, S) -> (B, T, S)."""
    return torch.cat([start[:, None], h], 1)[:, :-1]


def _save_scan(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    a, _, start = inputs
    ctx.save_for_backward(a, start, output)


def _differentiate_scan(ctx: Any, g: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of a, b and start; they can be differentiated again."""
    a, start, h = ctx.saved_tensors
    d = transposed_scan(a, g)
    return d * _shift(start, h), d, (a[:, :1] * d[:, :1]).sum(1)


def _save_transposed(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    ctx.save_for_backward(inputs[0], output)


def _differentiate_transposed(ctx: Any, g: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of a and g."""
    a, d = ctx.saved_tensors
    nothing = g.new_zeros(g.shape[0], g.shape[2])
    u = linear_scan(a, g, nothing)
    return d * _shift(nothing, u), u


linear_scan.register_fake(_like_b)
linear_scan.register_autograd(_differentiate_scan, setup_context=_save_scan)
transposed_scan.register_fake(_like_b)
transposed_scan.register_autograd(_differentiate_transposed, setup_context=_save_transposed)
