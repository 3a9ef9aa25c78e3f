"""Segments of random lengths in a training: a long one counts for as much as it is long."""

from typing import Any

from transformers import TrainerCallback


class LengthScaledRate(TrainerCallback):
    """Scales the learning rate of each step by the length of its segment, η L / T, and takes that back afterwards.

    The mean loss of a short segment rests on fewer tokens; with one rate for all, short segments would weigh more.
    Scheduler, log and checkpoint see the rate without it.

    Args:
        base: the base length T.

    Source:
        Merity et al., "Regularizing and optimizing LSTM language models", ICLR 2018 (section 5).
    """

    def __init__(self, base: int) -> None:
        self.base = base
        self.lengths: list[int] = []
        self.rates: list[Any] = []

    def saw(self, length: int) -> None:
        """Take note of the length of a segment; several are read where gradients are accumulated."""
        self.lengths.append(length)

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, optimizer: Any, **kwargs: Any) -> None:
        """Scale."""
        scale = sum(self.lengths) / len(self.lengths) / self.base
        self.rates = [group["lr"] for group in optimizer.param_groups]
        for group in optimizer.param_groups:
            group["lr"] = group["lr"] * scale
        self.lengths = []

    def on_optimizer_step(self, args: Any, state: Any, control: Any, optimizer: Any, **kwargs: Any) -> None:
        """Take back."""
        for group, rate in zip(optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate
