"""The loss of a language model: from its scores where they are held, else from what they would be computed of."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers.loss.loss_utils import ForCausalLMLoss

from seqkit.engine.tracing import tracing
from seqkit.models.adaptive import AdaptiveSoftmax
from seqkit.models.cross_entropy import linear_cross_entropy
from seqkit.models.inputs import IGNORED

LARGE = 8192
"""From how many tokens V on a training does not hold the scores unless somebody asks for them."""


def holds_scores(model: Any, has_targets: bool, asked: bool | None) -> bool:
    """Tell whether a forward pass computes the scores (B, T, V).

    Args:
        model: the language model.
        has_targets: whether a loss is computed.
        asked: what the caller said; None leaves it to size: scores are spared in training if there are `LARGE` of them
            for each token, or if an adaptive softmax need not compute them at all.
    """
    if asked is not None:
        return asked
    large = model.lm_head.out_features >= LARGE or isinstance(model.lm_head, AdaptiveSoftmax)
    return not (has_targets and model.training and large and spares(model))


def spares(model: Any) -> bool:
    """Tell whether the loss can be computed without scores: it is transformers' own, and so is the way to the head.

    A tracer sees scores: it cannot follow a loop over blocks whose number depends on the batch.
    """
    head = model.lm_head
    listened = head._forward_hooks or head._forward_pre_hooks or "forward" in vars(head)
    known = type(head) in (nn.Linear, AdaptiveSoftmax) and not listened
    return known and model.loss_function is ForCausalLMLoss and not tracing()


def language_loss(
    model: Any,
    hidden: Tensor,
    targets: Tensor,
    logits: Tensor | None = None,
    num_items_in_batch: Tensor | int | None = None,
    label_smoothing: float = 0.0,
    **kwargs: Any,
) -> Tensor:
    """Return the loss in nats.

    Args:
        model: the language model.
        hidden: what its head sees (B, T, H).
        targets: the ids that follow (B, T), -100 where not counted.
        logits: the scores (B, T, V); None spares them if it can be done, and computes them else.
        num_items_in_batch: what the sum is divided by; None is the number of counted targets.
        label_smoothing: the ε of it; default 0.
        kwargs: for the model's `loss_function`.
    """
    targets, head = targets.to(hidden.device), model.lm_head
    if logits is None and spares(model):
        if isinstance(head, nn.Linear):
            return linear_cross_entropy(hidden, head.weight, head.bias, targets, num_items_in_batch, label_smoothing)
        if not label_smoothing:
            return head.loss(hidden, targets, num_items_in_batch)
    logits = head(hidden) if logits is None else logits
    if label_smoothing:
        return smoothed(logits, targets, num_items_in_batch, label_smoothing)
    kwargs["num_items_in_batch"] = num_items_in_batch
    return model.loss_function(logits, None, model.config.vocab_size, shift_labels=targets, **kwargs)


def smoothed(logits: Tensor, targets: Tensor, num_items: Tensor | int | None, smoothing: float) -> Tensor:
    """Return the cross-entropy with label smoothing of scores (B, T, V)."""
    flat = logits.flatten(0, -2).float(), targets.flatten()
    total = F.cross_entropy(*flat, ignore_index=IGNORED, reduction="sum", label_smoothing=smoothing)
    count = (targets != IGNORED).sum() if num_items is None else num_items
    return total / (count.to(total.device) if isinstance(count, torch.Tensor) else count)
