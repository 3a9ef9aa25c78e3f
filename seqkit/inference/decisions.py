"""From scores to what is said of a text: a label with its probability, several above their thresholds, a number."""

from typing import Any

import torch
from torch import Tensor


def probabilities(logits: Tensor, config: Any) -> Tensor:
    """Return calibrated probabilities: of one label among all (softmax), or of each label by itself (sigmoid).

        p = softmax(z / τ),   or   p = σ(z / τ)

    Args:
        logits: scores z (..., labels).
        config: of the classifier; τ is its `calibration_temperature`.
    """
    scaled = logits.float() / config.calibration_temperature
    return scaled.sigmoid() if config.problem_type == "multi_label_classification" else scaled.softmax(-1)


def thresholds(config: Any) -> Tensor:
    """Return the probability from which on each label is given, (labels,)."""
    return torch.tensor(config.label_thresholds or [0.5] * config.num_labels)


def decide(logits: Tensor, config: Any) -> dict[str, Any]:
    """Return what is said of one text.

    Args:
        logits: its scores (labels,).
        config: the classifier's configuration.

    Returns:
        `label` and `score` (its probability); or `labels` above their thresholds and `scores` of all; or the `value` of
        a regression.
    """
    if config.problem_type == "regression":
        return {"value": round(float(logits[0]), 6)}
    found = probabilities(logits, config)
    if config.problem_type == "multi_label_classification":
        given = (found > thresholds(config)).tolist()
        scores = {config.id2label[i]: round(p, 4) for i, p in enumerate(found.tolist())}
        return {"labels": [name for name, yes in zip(scores, given, strict=True) if yes], "scores": scores}
    best = int(logits.argmax())
    return {"label": config.id2label[best], "score": round(float(found[best]), 4)}
