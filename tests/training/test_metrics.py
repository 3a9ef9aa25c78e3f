"""Figures of an evaluation, against counts made by hand."""

import numpy as np
import pytest
from transformers import EvalPrediction

from seqkit.training import metrics


def test_classification() -> None:
    scores = np.array([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0], [0.0, 2.0]])
    figures = metrics.classification(EvalPrediction(scores, np.array([0, 1, 1, 1])))
    assert figures["accuracy"] == 0.75
    assert figures["f1_macro"] == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_multi_label_with_one_score() -> None:
    figures = metrics.multi_label(EvalPrediction(np.array([[1.0], [-1.0], [2.0]]), np.array([1.0, 0.0, 0.0])))
    assert figures["accuracy"] == pytest.approx(2 / 3)


def test_regression() -> None:
    figures = metrics.regression(EvalPrediction(np.array([[1.0], [3.0]]), np.array([0.0, 1.0])))
    assert figures == {"mse": 2.5, "mae": 1.5}


def test_tagging_leaves_out_what_is_not_counted() -> None:
    names = ["B-PER", "I-PER", "O"]
    guesses = np.eye(3)[np.array([[0, 1, 2, 0], [2, 2, 2, 0]])]
    truth = np.array([[0, 1, 2, -100], [0, 2, 2, -100]])
    figures = metrics.Tagging(names)(EvalPrediction(guesses, truth))
    assert figures["accuracy"] == pytest.approx(5 / 6)
    assert figures["f1"] == pytest.approx(2 / 3)


def test_tags_that_are_no_spans_have_no_span_figure() -> None:
    figures = metrics.Tagging(["NOUN", "VERB"])(EvalPrediction(np.eye(2)[None], np.array([[0, 1]])))
    assert figures == {"accuracy": 1.0}
