"""Which loss is followed back through time, and from which place on distances are counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from seqkit.errors import DataError
from seqkit.models.base import RNNPreTrainedModel
from seqkit.models.causal_lm import RNNForCausalLM, next_tokens
from seqkit.models.inputs import IGNORED
from seqkit.models.token_classification import RNNForTokenClassification

Loss = Callable[[Any], Tensor]
"""From a model's outputs to a loss for each row (B,), or their sum."""


@dataclass(frozen=True)
class Aim:
    """One loss for each row.

    Args:
        batch: what the model is given.
        places: the place at which each row's loss stands, (B,); -1 where a row has none.
        words: what it is, for the reader.
    """

    batch: dict[str, Any]
    places: Tensor
    words: str


def aims(
    model: nn.Module, batch: Mapping[str, Any], real: Tensor, direction: str, positions: int, whole: bool
) -> list[Aim]:
    """Find the losses to follow.

    A language model's is that of its last prediction, a tagger's that of the last labelled token (of the first, for
    the direction that reads backwards); other heads have one for the whole row, counted from the row's end.

    Args:
        model: the model.
        batch: the batch, with labels.
        real: true at real tokens, (B, T).
        direction: `"forward"` or `"backward"`.
        positions: how many places of each row, one loss each.
        whole: whether the loss concerns whole rows, whatever the head.

    Raises:
        DataError: if there are no labels.
    """
    given, head = dict(batch), head_of(model)
    if whole:
        return [Aim(given, ends(real, direction), "your loss")]
    if isinstance(head, RNNForCausalLM):
        targets = language_targets(given, real)
        rest = {name: value for name, value in given.items() if name != "labels"}
        return spots(rest, "shift_labels", targets, direction, positions, "prediction")
    if "labels" not in given:
        raise DataError(
            f"the batch has {', '.join(given)} and no labels, so {type(head).__name__} gives no loss. "
            "Add batch['labels'], or give loss=, a function of the model's outputs."
        )
    if isinstance(head, RNNForTokenClassification):
        targets = torch.where(real, given["labels"], IGNORED)
        return spots(given, "labels", targets, direction, positions, "labelled token")
    return [Aim(given, ends(real, direction), "the loss of the whole row")]


def head_of(model: nn.Module) -> nn.Module:
    """Return seqkit's own model, which adapters and compilers wrap into theirs."""
    return next((module for module in model.modules() if isinstance(module, RNNPreTrainedModel)), model)


def language_targets(batch: Mapping[str, Any], real: Tensor) -> Tensor:
    """Return the token that follows each place (B, T), -100 where none does.

    Raises:
        DataError: if neither labels nor ids tell.
    """
    if batch.get("shift_labels") is not None:
        return batch["shift_labels"]
    labels = batch.get("labels", batch.get("input_ids"))
    if labels is None:
        raise DataError("the batch has neither labels nor input_ids: what follows each place is unknown.")
    return next_tokens(labels, real)


def spots(batch: dict[str, Any], name: str, targets: Tensor, direction: str, positions: int, thing: str) -> list[Aim]:
    """Aim at the last `positions` places of each row that have a target, or at the first for `"backward"`."""
    counted = targets != IGNORED
    which = "last" if direction == "forward" else "first"
    words = (
        f"the loss of the {which} {thing}"
        if positions == 1
        else f"the loss of each of the {which} {positions} {thing}s"
    )
    # How many targets come after a place (before it, for the other direction): 0 at the last (first) one.
    order = counted.flip(1).cumsum(1).flip(1) if direction == "forward" else counted.cumsum(1)  # (B, T)
    found = []
    for nth in range(1, positions + 1):
        chosen = counted & (order == nth)
        places = torch.where(chosen.any(1), chosen.int().argmax(1), -1)
        labels = torch.where(chosen, targets, IGNORED)
        found.append(Aim({**batch, name: labels}, places, f"{words} of each row"))
    return [aim for aim in found if bool((aim.places >= 0).any())]


def ends(real: Tensor, direction: str) -> Tensor:
    """Return the place (B,) at which each row ends for one direction of reading; -1 for a row without tokens."""
    places = torch.arange(real.shape[1], device=real.device)
    last = torch.where(real, places, -1).amax(1)
    return last if direction == "forward" else torch.where(real.any(1), real.int().argmax(1), -1)


def loss_of(model: nn.Module, aim: Aim, loss: Loss | None) -> Tensor:
    """Let the model read, and return the sum of the rows' losses.

    Raises:
        DataError: if the model gives none.
    """
    if loss is not None:
        return loss(model(**aim.batch)).sum()
    # The sum, not the mean: each row's gradient shall be that of the row alone.
    found = getattr(model(**aim.batch, num_items_in_batch=1), "loss", None)
    if found is None:
        raise DataError(
            f"{type(model).__name__} gives no loss. Take a model with a head, or give loss=, a function of its outputs."
        )
    return found
