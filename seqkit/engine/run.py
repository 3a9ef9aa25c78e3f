"""Runs one cell over time in one direction: chooses the plan, keeps padding out, turns time around."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from seqkit.cells.base import Cell, State
from seqkit.engine.compiled import RULE, compiled, runs, too_small, uncompilable
from seqkit.engine.dropout import thinned
from seqkit.engine.exported import exported
from seqkit.engine.fused import fused
from seqkit.engine.int8 import int8_weights
from seqkit.engine.loop import loop
from seqkit.engine.masks import Masks, masks_for
from seqkit.engine.padding import where
from seqkit.engine.resets import Pieces, backwards
from seqkit.engine.scan import scan
from seqkit.engine.tracing import tracing
from seqkit.engine.zoneout import kept_places
from seqkit.errors import ConfigError

Plan = Literal["auto", "loop", "fused", "scan", "compiled"]
PLANS: tuple[Plan, ...] = ("auto", "loop", "fused", "scan", "compiled")

IN_INT8 = "its weights are in 8 bits"

BRIEF = 8
"""Up to how many steps torch's kernels are not worth calling on a CPU, where no gradients are wanted."""

WORKS: dict[Plan, str] = {
    "fused": f"torch's kernel computes these equations; on a CPU up to {BRIEF} steps in inference run one by one",
    "scan": "the recurrence is linear",
    "compiled": RULE,
}
"""Why each plan that `auto` prefers to the loop runs where it can, the fastest first."""


@dataclass(frozen=True)
class Noise:
    """What is done to a recurrence to keep it from learning by heart; all 0 is nothing.

    Args:
        weight_dropout: probability of dropping a recurrent weight.
        recurrent_dropout: probability of dropping a unit of h_{t-1} in the recurrent products.
        zoneout: probability that a unit of the state keeps its old value.
    """

    weight_dropout: float = 0.0
    recurrent_dropout: float = 0.0
    zoneout: float = 0.0

    def __bool__(self) -> bool:
        return any((self.weight_dropout, self.recurrent_dropout, self.zoneout))


@dataclass(frozen=True)
class Choice:
    """The plan that runs, and why not a faster one."""

    plan: Plan
    reason: str


def choose(cell: Cell, plan: Plan = "auto", noise: Noise = Noise(), x: Tensor | None = None) -> Choice:
    """Choose the plan for a cell.

    Args:
        cell: the recurrence.
        plan: `"auto"`, or the plan that must run.
        noise: the recurrence's regularisers.
        x: the input (B, T, D), if it is known: a compiler is worth waiting for only where there is much to do.

    Returns:
        The plan and the reason in words.

    Raises:
        ConfigError: if the plan is unknown, or cannot run this cell.
    """
    if plan not in PLANS:
        raise ConfigError(f"plan is {plan!r}; expected one of {', '.join(PLANS)}.")
    if plan == "loop":
        return Choice("loop", "asked for")
    if plan != "auto":
        if found := obstacle(cell, plan, noise, x):
            raise ConfigError(f"plan {plan!r} cannot run: {found}. Use 'auto' or 'loop'.")
        return Choice(plan, WORKS[plan])
    obstacles: list[str] = []
    rounded = bool(int8_weights(cell))
    for fast, reason in WORKS.items():
        # In 8 bits it was compiled once to write: whatever the size of the batch, the same numbers come out.
        small = too_small(x) if fast == "compiled" and x is not None and not rounded else None
        found = small or obstacle(cell, fast, noise, x)
        if found is None:
            # The last resort before the loop tells why it is not one of the faster ones.
            tells = fast == "compiled" and not rounded
            return Choice(
                fast, "; ".join(dict.fromkeys([reason, *obstacles])) if tells else IN_INT8 * rounded or reason
            )
        obstacles.append(found)
    # One obstacle may stand in the way of several plans.
    return Choice("loop", "; ".join(dict.fromkeys(obstacles)))


def obstacle(cell: Cell, plan: Plan, noise: Noise, x: Tensor | None = None) -> str | None:
    """Tell what keeps a plan from running a cell, None if nothing does."""
    if plan == "fused" and cell.torch_kernel() is None:
        return f"{type(cell).__name__} declares no torch kernel"
    if plan == "fused" and int8_weights(cell):
        return IN_INT8
    if plan == "scan" and not cell.is_linear:
        return f"{type(cell).__name__} is not declared linear"
    if plan == "compiled":
        # In the hands of a tracer there is nothing to find out: the loop will stand in.
        return uncompilable(cell, noise.zoneout) if x is None or runs(x) else None
    return f"zoneout changes every step, which {plan!r} does not take one by one" if noise.zoneout else None


def brief(x: Tensor) -> bool:
    """Tell whether an input (B, T, D) is so short that a kernel's preparations cost more than the steps themselves.

    On a CPU torch lays out all weights of an LSTM anew in each call that keeps nothing for a way back.
    """
    return not tracing() and x.shape[1] <= (BRIEF if x.device.type == "cpu" and not torch.is_grad_enabled() else 1)


def single(x: Tensor) -> bool:
    """Tell whether `torch.export` follows one step: it is then written out as what it is, no loop around it."""
    # A length that may vary is no int there.
    return torch.compiler.is_exporting() and isinstance(x.shape[1], int) and x.shape[1] == 1


def run(
    cell: Cell,
    x: Tensor,
    state: State | None = None,
    mask: Tensor | None = None,
    *,
    reverse: bool = False,
    plan: Plan = "auto",
    noise: Noise = Noise(),
    need_state: bool = True,
    masks: Masks | None = None,
    resets: Tensor | None = None,
    fresh: State | None = None,
) -> tuple[Tensor, State | None]:
    """Run a cell over time.

    A row's result is the same alone, in any batch, and whatever stands in its padded places. A masked step leaves the
    state unchanged and gives zeros.

    Args:
        cell: the recurrence.
        x: input (B, T, D).
        state: the state before the first step, tensors (B, ·); None is `cell.init_state(B)`.
        mask: true at real tokens, (B, T); None if all are real.
        reverse: run from the last token to the first.
        plan: `"auto"`, or the plan that must run.
        noise: the recurrence's regularisers.
        need_state: whether the final state is wanted; without it ragged rows run faster.
        masks: where the masks of `noise` come from; None draws them anew.
        resets: true where the state is set back before the step, (B, T): what stands before is as if it were not.
        fresh: the state that it is set back to, tensors (B, ·); None is `cell.init_state(B)`.

    Returns:
        The outputs (B, T, H), and the state after each row's last token in the order of running (or None).

    Raises:
        ConfigError: if the plan is unknown, or cannot run this cell.
    """
    chosen = choose(cell, plan, noise, x).plan
    # Most segments of long documents hold no border: they run as they are.
    resets = resets if resets is not None and bool(resets.any()) else None
    given = cell, x, state, mask, reverse, chosen, plan != "auto", noise, need_state, masks, resets, fresh
    unrolled = chosen != "scan" or resets is not None
    if torch.compiler.is_compiling() and not torch.compiler.is_exporting() and unrolled:
        # A compiler would unroll the steps, for each length anew: it compiles what stands around the recurrence.
        return torch.compiler.disable(run_plan)(*given)
    return run_plan(*given)


def run_plan(
    cell: Cell,
    x: Tensor,
    state: State | None,
    mask: Tensor | None,
    reverse: bool,
    chosen: Plan,
    strict: bool,
    noise: Noise,
    need_state: bool,
    masks: Masks | None,
    resets: Tensor | None = None,
    fresh: State | None = None,
) -> tuple[Tensor, State | None]:
    """Run a cell by the plan that was chosen; a `strict` one must not give way to the loop."""
    state = cell.init_state(x.shape[0]) if state is None else state
    if mask is not None:
        # The input, not only the output: 0 x NaN is NaN on the way back.
        x = where(mask, x, 0.0)
    if reverse:
        x, mask = x.flip(1), None if mask is None else mask.flip(1)
        resets = None if resets is None else backwards(resets)
    masks = masks or (masks_for(x.shape[0]) if noise and cell.training else Masks())
    keeps = noise.zoneout and cell.training
    kept = kept_places(masks.at("zoneout"), noise.zoneout, state, x.shape[1], mask) if keeps else ()
    real, pieces = mask, None if resets is None else Pieces.of(resets)
    if pieces is not None:
        fresh = cell.init_state(x.shape[0]) if fresh is None else fresh
        x, mask, state = pieces.cut(x), pieces.mask(mask), pieces.state(state, fresh)
        kept = tuple(pieces.cut(places) for places in kept)
    final: State | None
    with thinned(cell, noise.weight_dropout, noise.recurrent_dropout, masks):
        if single(x):
            y, final = loop(cell, x, state, mask, noise.zoneout, kept)
        elif chosen == "fused" and not brief(x):
            y, final = fused(cell, x, state, mask, need_state)
        elif chosen == "scan" and (tracing() or x.shape[1] > 1):
            y, final = scan(cell, x, state, mask)
        elif chosen == "compiled" and runs(x):
            y, final = compiled(cell, x, state, mask, noise.zoneout, kept, strict)
        elif torch.compiler.is_exporting() and not cell.training:
            y, final = exported(cell, x, state, mask, noise.zoneout)
        else:
            y, final = loop(cell, x, state, mask, noise.zoneout, kept)
    if pieces is not None:
        y, final = pieces.join(y, final)
    if real is not None:
        y = where(real, y, 0.0)
    if final is not None:
        # Autocast computes in another dtype; what is carried on keeps its own.
        final = tuple(new.to(old.dtype) for new, old in zip(final, state, strict=True))
    return (y.flip(1) if reverse else y), final
