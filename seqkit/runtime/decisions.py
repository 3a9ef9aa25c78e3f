"""From scores to what is said of a text, in numpy: the twin of `seqkit.inference.decisions`, and held to it."""

from typing import Any

import numpy as np

from seqkit.runtime.description import Description

SEVERAL = "multi_label_classification"


def probabilities(scores: np.ndarray, description: Description) -> np.ndarray:
    """Return calibrated probabilities of scores (..., labels): softmax, or each label's own sigmoid."""
    scaled = scores.astype(np.float64) / description.calibration_temperature
    if description.problem_type == SEVERAL:
        return 1 / (1 + np.exp(-np.clip(scaled, -700, 700)))
    return softmax(scaled)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the softmax over the last axis."""
    risen = np.exp(scores - scores.max(-1, keepdims=True))
    return risen / risen.sum(-1, keepdims=True)


def decide(scores: np.ndarray, description: Description) -> dict[str, Any]:
    """Return what is said of one text by its scores (labels,).

    Returns:
        `label` and `score` (its probability); or `labels` above their thresholds and `scores` of all; or the `value` of
        a regression.
    """
    if description.problem_type == "regression":
        return {"value": round(float(scores[0]), 6)}
    found, names = probabilities(scores, description), description.labels
    if description.problem_type == SEVERAL:
        limits = description.label_thresholds or [0.5] * len(names)
        given = [name for name, p, limit in zip(names, found, limits, strict=True) if p > limit]
        return {"labels": given, "scores": {name: round(float(p), 4) for name, p in zip(names, found, strict=True)}}
    best = int(scores.argmax())
    return {"label": names[best], "score": round(float(found[best]), 4)}
