"""Probabilities that can be believed, and thresholds that find most: both fitted on rows that training did not see."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit.errors import DataError

BINS = 15
SMALLEST, LARGEST = 0.01, 100.0


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Find the temperature τ at which the labels are likeliest under softmax(z / τ), or σ(z / τ).

    The loss in 1/τ is convex, so that halving an interval finds its lowest point.

    Args:
        logits: scores z (N, labels).
        labels: classes (N,), or 0.0 and 1.0 (N, labels).

    Returns:
        τ, from 0.01 to 100. Above 1 the scores were too sure of themselves.

    Source:
        Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    z = logits.double()

    def slope(inverse: float) -> float:
        s = torch.tensor(inverse, dtype=torch.float64, requires_grad=True)
        return float(torch.autograd.grad(_loss(z * s, labels), s)[0])

    low, high = 1 / LARGEST, 1 / SMALLEST
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return 1 / (low * high) ** 0.5


def _loss(logits: Tensor, labels: Tensor) -> Tensor:
    if labels.is_floating_point():
        return F.binary_cross_entropy_with_logits(logits, labels.to(logits))
    return F.cross_entropy(logits, labels)


def calibration_error(logits: Tensor, labels: Tensor, temperature: float = 1.0, bins: int = BINS) -> float:
    """Return the expected calibration error: how far probabilities lie from how often they are right.

        ECE = Σ_b (n_b / N) |accuracy of bin b - mean probability of bin b|

    Args:
        logits: scores (N, labels).
        labels: classes (N,): the probability of the best class is looked at; or 0.0 and 1.0 (N, labels): that of each.
        temperature: what scores are divided by. Default 1.
        bins: intervals of equal width from 0 to 1. Default 15.

    Source:
        Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015.
    """
    scaled = logits.double() / temperature
    if labels.is_floating_point():
        sure, right = scaled.sigmoid().flatten(), labels.double().flatten()
    else:
        sure, best = scaled.softmax(-1).max(-1)
        right = (best == labels).double()
    place = (sure * bins).long().clamp(max=bins - 1)
    gaps = torch.zeros(bins, dtype=torch.float64).index_add(0, place, right - sure)
    return float(gaps.abs().sum() / len(sure))


def fit_thresholds(chances: Tensor, labels: Tensor) -> list[float]:
    """Find for each of several labels the threshold of the best F1.

    Args:
        chances: probabilities (N, labels).
        labels: 0.0 and 1.0 (N, labels).

    Returns:
        Thresholds (labels,), half way between the probabilities that they part; 0.5 for a label that never occurs.
    """
    return [_best_threshold(chances[:, i].double(), labels[:, i].double()) for i in range(chances.shape[1])]


def _best_threshold(chance: Tensor, label: Tensor) -> float:
    if not label.any():
        return 0.5
    order = chance.argsort(descending=True)
    p, hits = chance[order], label[order].cumsum(0)
    f1 = 2 * hits / (torch.arange(1, len(p) + 1) + label.sum())  # if the first 1, 2, … rows are given the label
    below = torch.cat([p[1:], p.new_zeros(1)])
    f1 = torch.where(p > below, f1, -1.0)  # equal probabilities cannot be parted
    best = int(f1.argmax())
    return round(float((p[best] + below[best]) / 2), 6)


def f1_at(chances: Tensor, labels: Tensor, limits: list[float]) -> float:
    """Return the mean over labels of the F1 at their thresholds; a label that neither occurs nor is given counts 0."""
    given, there = chances > torch.tensor(limits), labels > 0.5
    hits, either = (given & there).sum(0).double(), (given.sum(0) + there.sum(0)).double()
    return float((2 * hits / either.clamp(min=1)).mean())


def held_out(
    fit: Callable[[Tensor, Tensor], Any], score: Callable[[Tensor, Tensor, Any], float], x: Tensor, y: Tensor
) -> float:
    """Judge what is fitted on rows that it was not fitted on: each half by what the other half gives.

    Args:
        fit: from scores and labels to what is fitted.
        score: from scores, labels and what was fitted to a figure.
        x: scores (N, labels).
        y: labels of the rows.

    Returns:
        The mean of both halves' figures.

    Raises:
        DataError: if there are fewer than four rows.
    """
    if len(x) < 4:
        raise DataError(f"{len(x)} validation rows are too few to fit anything on; give at least 4, better 200.")
    even, odd = slice(0, None, 2), slice(1, None, 2)
    return sum(score(x[b], y[b], fit(x[a], y[a])) for a, b in ((even, odd), (odd, even))) / 2
