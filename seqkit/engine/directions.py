"""Runs a layer's cells over time: one forwards, or one forwards and another backwards."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seqkit.cells.base import Cell, State
from seqkit.engine.fused import fused_both
from seqkit.engine.masks import Masks
from seqkit.engine.run import Noise, Plan, brief, choose, run
from seqkit.engine.tracing import tracing

NONE = Noise()


def run_directions(
    cells: Sequence[Cell],
    x: Tensor,
    state: State | None = None,
    mask: Tensor | None = None,
    *,
    plan: Plan = "auto",
    noise: Noise = NONE,
    need_state: bool = True,
    masks: Masks | None = None,
    resets: Tensor | None = None,
    fresh: State | None = None,
) -> tuple[Tensor, State | None]:
    """Run one cell forwards, or two cells forwards and backwards.

    Args:
        cells: the cell, or the two cells.
        x: input (B, T, D).
        state: the state before the first step, tensors (B, ·): the first cell's, then the second's; None is theirs.
        mask: true at real tokens, (B, T); None if all are real.
        plan: `"auto"`, or the plan that must run.
        noise: the recurrence's regularisers.
        need_state: whether the final state is wanted.
        masks: where the masks of `noise` come from; None draws them anew.
        resets: true where the state is set back before the step, (B, T).
        fresh: the state that it is set back to, like `state`; None is the cells' own.

    Returns:
        The outputs (B, T, H), or side by side (B, T, 2H), and the final state (or None).

    Raises:
        ConfigError: if the plan is unknown, or cannot run these cells.
    """
    if state is None:
        state = tuple(tensor for cell in cells for tensor in cell.init_state(x.shape[0]))
    if mask is None and resets is None and together(cells, x, plan, noise):
        y, state = fused_both(cells, x, state)
        return y, state if need_state else None
    share, parts = len(state) // len(cells), []
    finals: list[Tensor] = []
    for index, cell in enumerate(cells):
        own = slice(index * share, (index + 1) * share)
        y, final = run(
            cell,
            x,
            state[own],
            mask,
            reverse=index == 1,
            plan=plan,
            noise=noise,
            need_state=need_state,
            masks=None if masks is None else masks.at(f"direction {index}"),
            resets=resets,
            fresh=None if fresh is None else fresh[own],
        )
        parts.append(y)
        finals += final or ()
    return torch.cat(parts, -1) if len(parts) > 1 else parts[0], tuple(finals) if need_state else None


def together(cells: Sequence[Cell], x: Tensor, plan: Plan, noise: Noise) -> bool:
    """Tell whether one call of torch's kernel runs both cells over full rows; noise changes each cell by itself."""
    if len(cells) < 2 or noise or tracing() or brief(x):
        return False
    # Both are of one kind: what the first can run by, the second can.
    return choose(cells[0], plan, noise, x).plan == "fused"
