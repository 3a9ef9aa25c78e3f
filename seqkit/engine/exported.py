"""The loop in the hands of `torch.export`: one step is recorded, and runs for any number of them."""

from collections.abc import Callable, Iterable, Sequence

from torch import Tensor, nn
from torch.func import functional_call

from seqkit.cells.base import Cell, State
from seqkit.engine.padding import where
from seqkit.engine.zoneout import zone


class Step(nn.Module):
    """One step of a cell as a function of tensors: what comes in and what the cell holds.

    Args:
        cell: the recurrence.
        zoneout: the share of the old state that is kept.
    """

    def __init__(self, cell: Cell, zoneout: float) -> None:
        super().__init__()
        self.cell, self.zoneout = cell, zoneout

    def forward(self, p: Tensor, real: Tensor | None, state: State) -> tuple[Tensor, ...]:
        """Take a step where `real` (B,) is true: the new state and, last, the output."""
        h, new = self.cell.step(p, state)
        if self.zoneout:
            h, new = zone(h, new, state, self.zoneout)
        kept = new if real is None else (where(real, n, s) for n, s in zip(new, state, strict=True))
        # Results must share no memory.
        return *(s.clone() for s in kept), h.clone()


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
    held = {name: tensor.detach() for name, tensor in [*cell.named_parameters(), *cell.named_buffers()]}
    step, names = Step(cell, zoneout), [f"cell.{name}" for name in held]
    count, places = len(state), 1 if mask is None else 2

    def flat(*tensors: Tensor) -> tuple[Tensor, ...]:
        before, (p, *real), weights = tensors[:count], tensors[count : count + places], tensors[count + places :]
        given = p, (real[0] if real else None), before
        return functional_call(step, dict(zip(names, weights, strict=True)), given)

    *final, y = over_time(flat, state, [cell.project(x)] if mask is None else [cell.project(x), mask], held.values())
    return y, tuple(final)


def exported_scan(a: Tensor, b: Tensor, start: Tensor) -> Tensor:
    """Compute h_t = a_t ⊙ h_{t-1} + b_t, all (B, T, S), by the same operator: for formats that know none of ours."""

    def flat(h: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        h = a * h + b
        return h, h.clone()

    return over_time(flat, (start,), [a, b])[-1]


def over_time(
    step: Callable[..., tuple[Tensor, ...]], state: State, steps: Sequence[Tensor], held: Iterable[Tensor] = ()
) -> list[Tensor]:
    """Call `step(*state, *steps at t, *held)`, which gives the new state and an output, for every t.

    Args:
        step: the function; it is recorded once.
        state: what the first step finds, tensors (B, ·).
        steps: what each step finds, tensors (B, T, ·).
        held: what all steps find.

    Returns:
        The last state, and all outputs (B, T, ·).
    """
    # Imported here: it is torch's own affair, and nothing but an export shall depend on where it stands.
    from torch._higher_order_ops.scan import scan_op

    # States must look alike before and after a step, down to their strides.
    first = [tensor.contiguous().clone() for tensor in state]
    # Not torch's `scan` around this operator: it hands the step to a compiler that knows less of Python.
    *final, y = scan_op(step, first, [tensor.transpose(0, 1).contiguous() for tensor in steps], tuple(held))
    return [*final, y.transpose(0, 1)]
