"""A training that has left all numbers behind stops, before it spoils its weights and while one can still see why."""

from collections import deque
from typing import Any

import torch
from torch import Tensor, nn
from transformers import Trainer
from transformers.trainer_utils import get_last_checkpoint

from seqkit.errors import DivergenceError

KEPT = 20
"""Steps whose gradient norms are told."""

GROWN = 10.0
"""How many times the usual norm the last one must be to be called grown."""


class StopsAtNaN(Trainer):
    """transformers' Trainer, but that it stops where the loss or the gradient is NaN or infinite.

    The weights are those of the step before: nothing was learnt from what is no number, nothing is saved, and
    checkpoints stay as they are. In fp16 a gradient may overflow: its scaler sees to that.

    Raises:
        DivergenceError: with the step, the gradient norms that led there, and what to change.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.norms: deque[tuple[int, float]] = deque(maxlen=KEPT)

    def training_step(self, model: nn.Module, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Tensor:
        """Take a step on a batch, whose loss must be a number."""
        loss = super().training_step(model, inputs, *args, **kwargs)
        if not torch.isfinite(loss).all():
            self._stop("loss", float(loss))
        return loss

    def _get_grad_norm(self, model: nn.Module, grad_norm: Any = None) -> Any:
        """Remember the norm, which transformers asks for once in each step, before the optimizer's."""
        norm = super()._get_grad_norm(model, grad_norm)
        self.norms.append((self.state.global_step + 1, float(norm)))
        if self.accelerator.scaler is None and not torch.isfinite(torch.as_tensor(norm)):
            self._stop("gradient norm", float(norm))
        return norm

    def _stop(self, what: str, value: float) -> None:
        args, step = self.args, self.state.global_step + 1
        saved = get_last_checkpoint(args.output_dir) if args.output_dir else None
        raise DivergenceError(
            f"the {what} is {value} at step {step} of {self.state.max_steps}: stopped. {told(self.norms, step)} "
            f"{advice(list(self.norms), step, args)} Nothing was overwritten; "
            + (f"go on from {saved}." if saved else "there is no checkpoint yet: save_steps makes some.")
        )


def told(norms: Any, step: int) -> str:
    """Write the history of gradient norms."""
    before = [f"{number}: {norm:.3g}" for number, norm in norms if number < step]
    return f"Gradient norms before (step: norm): {', '.join(before)}." if before else "It is the first step."


def advice(norms: list[tuple[int, float]], step: int, args: Any) -> str:
    """Tell what to change, by what came before."""
    before = [norm for number, norm in norms if number < step]
    usual = sorted(before)[len(before) // 2] if before else 0.0
    if not before:
        return "Look at the data and the initial weights: something is NaN or infinite before anything was learnt."
    if before[-1] > GROWN * usual or (len(before) > 2 and before[-1] > GROWN * before[0]):
        clip = f"max_grad_norm ({args.max_grad_norm})" if args.max_grad_norm else "max_grad_norm to 1 (it is off)"
        return (
            f"They have grown: the gradient explodes. Lower learning_rate ({args.learning_rate}) or {clip}, or raise "
            "warmup_steps."
        )
    precision = " or train without bf16 and fp16," if args.bf16 or args.fp16 else ""
    return (
        f"They have not grown: look at the data of this step for what is no number,{precision} or lower learning_rate "
        f"({args.learning_rate})."
    )
