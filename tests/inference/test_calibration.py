"""Calibration and thresholds, against what is known of the data and what search by hand finds."""

import pytest
import torch
from sklearn.metrics import f1_score

from seqkit.errors import DataError
from seqkit.inference.calibration import (
    calibration_error,
    f1_at,
    fit_temperature,
    fit_thresholds,
    held_out,
)


def drawn(count: int, factor: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw labels from the probabilities of scores, and give scores that are too sure by a factor."""
    logits = torch.randn(count, 4)
    return logits * factor, torch.distributions.Categorical(logits=logits).sample()


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_the_factor_is_found(factor: float) -> None:
    logits, labels = drawn(20_000, factor)
    assert fit_temperature(logits, labels) == pytest.approx(factor, rel=0.06)
    if factor == 3.0:
        assert calibration_error(logits, labels) > 0.2
    assert calibration_error(logits, labels, factor) < 0.02


def test_the_temperature_is_the_best_of_all() -> None:
    logits, labels = drawn(200, 2.0)
    found = fit_temperature(logits, labels)
    losses = {
        t: float(torch.nn.functional.cross_entropy(logits / t, labels)) for t in (found, found * 0.9, found * 1.1)
    }
    assert min(losses, key=losses.__getitem__) == found


def test_several_labels_have_one_temperature() -> None:
    logits = torch.randn(20_000, 3)
    labels = torch.bernoulli(logits.sigmoid())
    assert fit_temperature(2 * logits, labels) == pytest.approx(2.0, rel=0.06)
    assert calibration_error(2 * logits, labels, 2.0) < 0.02 < calibration_error(2 * logits, labels)


def test_labels_that_are_always_right_have_the_coldest_temperature() -> None:
    assert 0.01 <= fit_temperature(torch.eye(3), torch.arange(3)) < 0.05


def test_the_error_by_hand() -> None:
    logits = torch.tensor([[0.75, 0.25], [0.75, 0.25], [0.75, 0.25], [0.1, 0.9]]).log()
    assert calibration_error(logits, torch.tensor([0, 0, 1, 1])) == pytest.approx(
        (3 * abs(2 / 3 - 0.75) + abs(1 - 0.9)) / 4, abs=1e-6
    )


def test_thresholds_have_the_best_f1() -> None:
    labels = (torch.rand(300, 3) < torch.tensor([0.1, 0.5, 0.9])).float()
    chances = (labels * 0.3 + torch.rand(300, 3) * 0.7).round(decimals=2)  # with ties
    found = fit_thresholds(chances, labels)
    for i, limit in enumerate(found):
        truth = labels[:, i]
        best = max(f1_score(truth, chances[:, i] > cut) for cut in torch.arange(-0.005, 1, 0.01))
        assert f1_score(truth, chances[:, i] > limit) == pytest.approx(best)
    assert f1_at(chances, labels, found) == pytest.approx(
        f1_score(labels, chances > torch.tensor(found), average="macro")
    )


def test_a_label_that_never_occurs_keeps_a_half() -> None:
    assert fit_thresholds(torch.rand(9, 1), torch.zeros(9, 1)) == [0.5]


def test_halves_judge_each_other() -> None:
    x, y = torch.arange(6.0)[:, None], torch.zeros(6)
    assert held_out(lambda x, y: x.sum(), lambda x, y, fitted: float(x.sum() - fitted), x, y) == 0
    assert held_out(lambda x, y: x.sum(), lambda x, y, fitted: float(fitted), x, y) == 7.5
    with pytest.raises(DataError, match="3 validation rows"):
        held_out(fit_temperature, calibration_error, x[:3], y[:3])
