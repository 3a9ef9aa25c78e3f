"""Zoneout: units of a state keep their old value, at random in training and by expectation in evaluation.

Source:
    Krueger et al., "Zoneout: regularizing RNNs by randomly preserving hidden activations", ICLR 2017.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from seqkit.cells.base import State
from seqkit.engine.masks import Masks

Step = Callable[[Tensor, State], tuple[Tensor, State]]


def zone(h: Tensor, new: State, old: State, kept: Sequence[Tensor] | float) -> tuple[Tensor, State]:
    """Let units of the state keep their old value after a step.

    Args:
        h: the step's output (B, H).
        new: the state after the step, tensors (B, ·).
        old: the state before it.
        kept: where the old value stays, a mask (B, ·) for each tensor; or in evaluation the rate at which it does.

    Returns:
        The output and the state; where the output is a tensor of the state, the next layer sees what the next step
        sees.
    """
    if isinstance(kept, float):
        mixed = tuple(kept * o + (1 - kept) * n for n, o in zip(new, old, strict=True))
    else:
        mixed = tuple(torch.where(k, o, n) for n, o, k in zip(new, old, kept, strict=True))
    return next((m for m, n in zip(mixed, new, strict=True) if n is h), h), mixed


def kept_places(masks: Masks, rate: float, state: State, steps: int, real: Tensor | None) -> tuple[Tensor, ...]:
    """Draw where the old values stay at all steps: a mask (B, T, ·) for each tensor (B, ·) of the state.

    Args:
        masks: where they come from.
        rate: probability that a unit keeps its value.
        state: any state of the run.
        steps: number of steps T.
        real: true at real tokens, (B, T), or None.
    """
    shapes = (t[:, None].expand(-1, steps, *t.shape[1:]) for t in state)
    return tuple(masks.at(f"state {j}").rows(rate, like, real) for j, like in enumerate(shapes))


def zoned(step: Step, rate: float) -> Step:
    """Wrap a step in zoneout as it is in evaluation."""
    return lambda p, state: zone(*step(p, state), state, rate)


def zoned_by_input(step: Step) -> Step:
    """Wrap a step in zoneout whose masks, as numbers, stand behind the projected input: p (B, P + S)."""

    def zoned_step(p: Tensor, state: State) -> tuple[Tensor, State]:
        sizes = [t.shape[1] for t in state]
        p, *kept = p.split([p.shape[1] - sum(sizes), *sizes], 1)
        return zone(*step(p, state), state, [k > 0 for k in kept])

    return zoned_step
