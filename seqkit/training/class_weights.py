"""Rare labels that count for more: a weight for each label in the loss of a training."""

import json
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit.annotations import nearest
from seqkit.data.streams import IGNORED
from seqkit.errors import ConfigError
from seqkit.models import RNNForSequenceClassification, RNNForTokenClassification

Weights = str | Mapping[str, float]


class WeightedLoss:
    """Cross-entropy in which each label has a weight; for `Trainer(compute_loss_func=…)`.

        loss = Σ_i w[y_i] (-log p(y_i)) / N

    N is the number of labels of the step over all of its parts and processes, so that accumulating gradients over parts
    of a batch gives those of the whole. With several labels a row, w weighs the terms of labels that are there (Σ over
    rows and labels of w y (-log p) + (1 - y)(-log(1 - p)), / N). Evaluations are not weighted.

    Args:
        weights: w, (labels,).
        several: whether a row may have several labels.
    """

    def __init__(self, weights: Tensor, several: bool = False) -> None:
        self.weights, self.several = weights, several

    def __call__(self, outputs: Any, labels: Tensor, num_items_in_batch: Tensor | int | None = None) -> Tensor:
        """Compute the loss from logits (B, labels) or (B, T, labels) and labels as the head takes them."""
        logits = outputs.logits.float()
        weights = self.weights.to(logits.device) if logits.requires_grad else None
        if self.several:
            total = F.binary_cross_entropy_with_logits(
                logits, labels.view_as(logits).float(), pos_weight=weights, reduction="sum"
            )
            count: Any = labels.numel()
        else:
            flat = labels.reshape(-1)
            total = F.cross_entropy(logits.flatten(0, -2), flat, weights, ignore_index=IGNORED, reduction="sum")
            count = (flat != IGNORED).sum().clamp(min=1)
        return total / (count if num_items_in_batch is None else num_items_in_batch)


def weighted_loss(weights: Weights, data: Any, model: Any) -> WeightedLoss:
    """Make the loss that `class_weights` asks for.

    Args:
        weights: `"balanced"`, or a weight for some labels by name (others have 1), as a mapping or as JSON.
        data: the training data, with a column `labels`.
        model: a classifier or tagger.

    Raises:
        ConfigError: if a name or a weight does not fit, or the model has no labels to weigh.
    """
    check_head(model)
    config = model.config
    several = config.problem_type == "multi_label_classification"
    names = [config.id2label[index] for index in range(config.num_labels)]
    if weights != "balanced":
        return WeightedLoss(torch.tensor(read_weights(weights, names)), several)
    counts, total = count_labels(data, len(names), several)
    # As scikit-learn's: the mean weight of a row's label is 1. With several labels, there and not there weigh alike.
    found = (total - counts) / counts if several else total / (len(names) * counts)
    return WeightedLoss(torch.where(counts > 0, found, 1.0), several)


def check_head(model: Any) -> None:
    """Refuse a head whose loss is no cross-entropy of its scores."""
    bases = (RNNForSequenceClassification, RNNForTokenClassification)
    plain = any(isinstance(model, base) and type(model).forward is base.forward for base in bases)
    if not plain or model.config.problem_type == "regression":
        raise ConfigError(
            f"class_weights is set, but {type(model).__name__} has no label whose loss could be weighed"
            + (": it predicts a number." if model.config.problem_type == "regression" else " by itself.")
            + " Leave class_weights out, or take the task's own head."
        )


def read_weights(weights: Weights, names: list[str]) -> list[float]:
    """Read explicit weights, in the order of the labels.

    Example:
        >>> read_weights('{"spam": 4}', ["ham", "spam"])
        [1.0, 4.0]
    """
    given: Any = weights
    if isinstance(weights, str):
        try:
            given = json.loads(weights)
        except json.JSONDecodeError:
            given = None
    if not isinstance(given, Mapping):
        raise ConfigError(
            f"class_weights is {weights!r}; expected 'balanced', or JSON with a weight for each label, such as "
            f"'{{\"{names[0]}\": 2.0}}'."
        )
    for name, value in given.items():
        if name not in names:
            raise ConfigError(f"class_weights names the label {name!r}, which is none.{nearest(name, names)}")
        if not isinstance(value, int | float) or not 0 < value < math.inf:
            raise ConfigError(f"class_weights gives {name!r} the weight {value!r}; expected a number above 0.")
    return [float(given.get(name, 1.0)) for name in names]


def count_labels(data: Any, size: int, several: bool) -> tuple[Tensor, float]:
    """Count how often each label occurs in the training data, and of how many places.

    Returns:
        Counts (labels,), and the number of labelled rows or words.
    """
    counts, total = torch.zeros(size), 0
    column = data["labels"] if hasattr(data, "column_names") else (row["labels"] for row in data)
    for labels in column:
        row = torch.as_tensor(labels)
        if several:
            counts, total = counts + row.float(), total + 1
        else:
            real = row[row != IGNORED].reshape(-1)
            counts, total = counts + torch.bincount(real, minlength=size), total + len(real)
    return counts, float(total)
