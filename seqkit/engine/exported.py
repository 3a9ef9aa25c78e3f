"""The loop in the hands of `torch.export`: one step is recorded, and runs for any number of them."""

from torch import Tensor
from torch._higher_order_ops.scan import scan as scan_steps

from seqkit.cells.base import Cell, State
from seqkit.engine.padding import where
from seqkit.engine.zoneout import zone


def exported(cell: Cell, x: Tensor, state: State, mask: Tensor | None, zoneout: float = 0.0) -> tuple[Tensor, State]:
    """Run a cell over time, as `loop` does, by an operator that holds the step as a graph of its own.

    Args:
        cell: the recurrence.
        x: input (B, T, D), finite also where it is padded.
        state: the state before the first step, tensors (B, ·).
        mask: true at real tokens, (B, T), or None if all are real.
        zoneout: probability that a unit of the state keeps its old value in training; here, the share of it.

    Returns:
        The outputs (B, T, H), of no meaning at masked places, and the state after each row's last real token.
    """
    # The operator wants states that look alike before and after a step, down to their strides.
    start = tuple(s.contiguous().clone() for s in state)
    p = cell.project(x).transpose(0, 1).contiguous()  # (T, B, P)
    steps = p if mask is None else (p, mask.transpose(0, 1).contiguous())

    def step(state: State, now: Tensor | tuple[Tensor, Tensor]) -> tuple[State, Tensor]:
        p, real = now if isinstance(now, tuple) else (now, None)
        h, new = cell.step(p, state)
        if zoneout:
            h, new = zone(h, new, state, zoneout)
        kept = new if real is None else tuple(where(real, n, s) for n, s in zip(new, state, strict=True))
        # Results must share no memory.
        return tuple(s.clone() for s in kept), h.clone()

    final, y = scan_steps(step, start, steps)
    return y.transpose(0, 1), tuple(final)


def exported_scan(a: Tensor, b: Tensor, start: Tensor) -> Tensor:
    """Compute h_t = a_t ⊙ h_{t-1} + b_t, all (B, T, S), by the same operator: for formats that know none of ours."""

    def step(h: Tensor, now: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        h = now[0] * h + now[1]
        return h, h.clone()

    _, y = scan_steps(step, start.contiguous().clone(), tuple(t.transpose(0, 1).contiguous() for t in (a, b)))
    return y.transpose(0, 1)
