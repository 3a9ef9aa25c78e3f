"""Learning rates over a training that transformers has not, by its own argument `lr_scheduler_type`."""

import inspect
from collections.abc import Callable
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from seqkit.annotations import nearest
from seqkit.errors import ConfigError


def slanted_triangular(total: int, cut_fraction: float = 0.1, ratio: float = 32.0) -> Callable[[int], float]:
    """Return the schedule that rises for a short while and falls for the rest (Howard & Ruder, 2018).

        cut = ⌊total · cut_fraction⌋
        p = t / cut                                  if t < cut
            1 - (t - cut) / (total - cut)            else
        η_t = η_max (1 + p (ratio - 1)) / ratio

    Args:
        total: steps of the training.
        cut_fraction: the share of them in which the rate rises, between 0 and 1; default 0.1.
        ratio: how many times the lowest rate is below the highest, at least 1; default 32.

    Returns:
        The factor of the learning rate by step.

    Raises:
        ConfigError: if a value is out of its range.

    Source:
        Howard & Ruder, "Universal language model fine-tuning for text classification", 2018, equation 3; where
        its denominator would be off by rounding, this one ends at the last step.

    Example:
        >>> factor = slanted_triangular(total=100)
        >>> [round(factor(step), 3) for step in (0, 5, 10, 55, 100)]
        [0.031, 0.516, 1.0, 0.516, 0.031]
    """
    if not 0 < cut_fraction < 1 or not ratio >= 1:
        raise ConfigError(
            f"lr_scheduler_kwargs: cut_fraction ({cut_fraction}) must be between 0 and 1, ratio ({ratio}) at least 1."
        )
    cut = int(total * cut_fraction)

    def factor(step: int) -> float:
        p = step / cut if step < cut else 1 - (step - cut) / max(1, total - cut)
        return (1 + max(0.0, p) * (ratio - 1)) / ratio

    return factor


SCHEDULES: dict[str, Callable[..., Callable[[int], float]]] = {"slanted_triangular": slanted_triangular}
"""Schedules by their name in `lr_scheduler_type`; each takes the number of steps and `lr_scheduler_kwargs`."""


def make_scheduler(name: str, optimizer: Optimizer, total: int, options: dict[str, Any]) -> LambdaLR:
    """Build one of `SCHEDULES` for an optimizer.

    Args:
        name: the schedule.
        optimizer: whose learning rates it sets.
        total: steps of the training.
        options: `lr_scheduler_kwargs`.

    Raises:
        ConfigError: if an option is unknown or out of its range.
    """
    known = list(inspect.signature(SCHEDULES[name]).parameters)[1:]
    for option in options:
        if option not in known:
            raise ConfigError(
                f"lr_scheduler_kwargs has {option!r}, which {name} does not know.{nearest(option, known)} "
                f"It takes: {', '.join(known)}."
            )
    return LambdaLR(optimizer, SCHEDULES[name](total, **options))
