"""Penalties on what the last layer gives: large outputs, and outputs that change fast."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from seqkit.errors import ConfigError
from seqkit.models.backbone import RNNModel
from seqkit.models.inputs import last_real


def activation_penalty(y: Tensor, real: Tensor | None = None) -> Tensor:
    """Return the mean square of outputs y (B, T, H) at real tokens.

    Args:
        y: outputs, with dropout applied.
        real: true at real tokens, (B, T), or None if all are.

    Example:
        >>> activation_penalty(torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([[True, True, False]]))
        tensor(5.)
    """
    return _mean(_masked(y, real).square(), _all(y) if real is None else real)


def temporal_penalty(y: Tensor, real: Tensor | None = None, before: Tensor | None = None) -> Tensor:
    """Return the mean square of the change of y (B, T, H) from each real token to the next real one.

    Args:
        y: outputs, without dropout.
        real: true at real tokens, (B, T), or None if all are.
        before: the output at the token before these (B, H), or None if none was read.

    Example:
        >>> temporal_penalty(torch.tensor([[[1.0], [3.0], [7.0]]]))
        tensor(10.)
    """
    y, mask = _masked(y, real), _all(y) if real is None else real
    first = y.new_zeros(y.shape[0], y.shape[2]) if before is None else before
    earlier = torch.cat([first[:, None], last_real(y, real, before)[:, :-1]], 1)  # (B, T, H)
    # A row's first real token follows on nothing, unless something was read before.
    follows = mask & ((mask.cumsum(1) > 1) | (before is not None))
    return _mean((y - earlier).square(), follows)


def _all(y: Tensor) -> Tensor:
    return y.new_ones(y.shape[:2], dtype=torch.bool)


def _masked(y: Tensor, real: Tensor | None) -> Tensor:
    """Zero what padding holds before anything is computed with it: a gradient of 0 times NaN would be NaN."""
    return y if real is None else torch.where(real[..., None], y, 0.0)


def _mean(values: Tensor, counted: Tensor) -> Tensor:
    """Average values (B, T, H) over the places where `counted` (B, T) is true; 0 if there are none."""
    total = torch.where(counted[..., None], values, 0.0).sum()
    return total / (counted.sum() * values.shape[-1]).clamp(min=1)


class ActivationRegularizer:
    """AR and TAR, for any cell and head (Merity et al., 2017).

        AR  = α mean (m_t ⊙ h_t)²       of the outputs that the head sees, dropout m_t applied
        TAR = β mean (h_t - h_{t-1})²   of the outputs before dropout

    Means are over real tokens and units. Where a text is read in segments, the step from the last token of one segment
    to the first of the next counts too; no gradient flows back over it, as none flows back through the state.

    Args:
        model: holds one `RNNModel`.
        activation: the weight α; 0 leaves AR out.
        temporal: the weight β; 0 leaves TAR out.

    Raises:
        ConfigError: if the model holds no `RNNModel`.

    Source:
        Merity, McCann & Socher, "Revisiting activation regularization for language RNNs", 2017.
    """

    def __init__(self, model: nn.Module, activation: float, temporal: float) -> None:
        found = next((module for module in model.modules() if isinstance(module, RNNModel)), None)
        if found is None:
            raise ConfigError(
                f"{type(model).__name__} holds no RNNModel, whose outputs could be regularised. Set "
                "activation_regularization=0 and temporal_activation_regularization=0."
            )
        self.place = found.output_dropout
        self.activation, self.temporal = activation, temporal
        self.last: Tensor | None = None
        """The outputs at the last tokens of the segment before (B, H), on texts that are read in segments."""
        self._seen: tuple[Tensor, Tensor, Tensor | None] | None = None

    def forget(self) -> None:
        """Let the next segment follow on nothing."""
        self.last = None

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Note the outputs of the forward pass made inside; outside of it, nobody listens to the model."""
        handle = self.place.register_forward_hook(self._note)
        try:
            yield
        finally:
            handle.remove()

    def _note(self, module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> None:
        raw, _, real = inputs
        self._seen = raw, output, real

    def penalty(self, carried: bool) -> Tensor:
        """Compute the penalty of the pass that was watched.

        Args:
            carried: whether it goes on from the pass before, and the next one from it.
        """
        if self._seen is None:
            raise RuntimeError("penalty() without a forward pass inside watch()")
        (raw, dropped, real), self._seen = self._seen, None
        before = self.last if carried else None
        total = raw.new_zeros(())
        if self.activation:
            total = total + self.activation * activation_penalty(dropped, real)
        if self.temporal:
            total = total + self.temporal * temporal_penalty(raw, real, before)
        if carried:
            self.last = last_real(raw, real, before)[:, -1].detach()
        return total


def regularized(compute_loss: Callable[..., Any]) -> Callable[..., Any]:
    """Let a trainer's `compute_loss` add the penalty of its `regularizer`, in training only.

    A mean over accumulated parts of a batch is divided by their number, where the Trainer does not do it afterwards.
    """

    @wraps(compute_loss)
    def penalised(
        trainer: Any,
        model: nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        regularizer: ActivationRegularizer | None = trainer.regularizer
        if regularizer is None or not model.training:
            return compute_loss(trainer, model, inputs, return_outputs, num_items_in_batch)
        with regularizer.watch():
            loss, outputs = compute_loss(trainer, model, inputs, True, num_items_in_batch)
        summed = trainer.loss_is_scaled_for_ga
        if summed is None:
            summed = trainer.model_accepts_loss_kwargs and num_items_in_batch is not None
        parts = trainer.current_gradient_accumulation_steps if summed else 1
        loss = loss + regularizer.penalty(trainer.carries_state) / parts
        return (loss, outputs) if return_outputs else loss

    return penalised
