"""How often a decoder in training reads the right token, as training goes on (scheduled sampling)."""

import math
from collections.abc import Callable

SCHEDULES: dict[str, Callable[[float, float], float]] = {
    "constant": lambda progress, end: end,
    "linear": lambda progress, end: 1 - (1 - end) * progress,
    "exponential": lambda progress, end: end**progress,
    "inverse_sigmoid": lambda progress, end: end + (1 - end) / (1 + math.exp(10 * (progress - 0.5))),
}
"""ε by progress, from 0 to 1, and the ε that training ends with; the first step's is 1 but for `"constant"`."""


def forcing(schedule: str, end: float, step: int, steps: int) -> float:
    """Return the probability ε of the right token at a step.

    Source: Bengio, Vinyals, Jaitly & Shazeer, Scheduled Sampling for Sequence Prediction with Recurrent Neural
    Networks, 2015.

    Args:
        schedule: one of `SCHEDULES`.
        end: the ε that training ends with; 1 is teacher forcing throughout.
        step: steps done.
        steps: steps of the whole training.

    Example:
        >>> forcing("linear", 0.5, 50, 100)
        0.75
    """
    if end == 1:
        return 1.0
    return SCHEDULES[schedule](min(1.0, step / max(1, steps)), end)
