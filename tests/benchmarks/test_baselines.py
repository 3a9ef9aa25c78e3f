"""The baselines, on sets so small that their answers are known."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import baselines  # noqa: E402


def test_a_word_gets_its_frequent_label_and_a_new_word_that_of_rare_words() -> None:
    train = [
        {"tokens": ["a", "a", "a", "x", "y"], "labels": ["D", "D", "N", "N", "N"]},
        {"tokens": ["z"], "labels": ["V"]},
    ]
    test = [{"tokens": ["a", "new", "z"], "labels": ["D", "N", "N"]}]
    assert baselines.baseline(train, test) == {"accuracy": pytest.approx(2 / 3)}


def test_entities_are_judged_as_spans() -> None:
    pytest.importorskip("seqeval")
    rows = [{"tokens": ["new", "york", "is"], "labels": ["B-place", "I-place", "O"]}]
    assert baselines.unigram(rows, rows)["f1"] == 1.0
    wrong = [{"tokens": ["york", "is"], "labels": ["B-place", "O"]}]
    # seqeval reads the I- without a beginning as a span; its place is right, so the baseline is not punished.
    assert baselines.unigram(rows, wrong)["f1"] == 1.0


def test_naive_bayes_tells_classes_apart() -> None:
    pytest.importorskip("sklearn")
    texts = [{"text": "good fine", "label": "1"}, {"text": "bad poor", "label": "0"}] * 3
    assert baselines.baseline(texts, texts) == {"accuracy": 1.0, "f1_macro": 1.0}


def test_series_are_told_apart_by_their_channels() -> None:
    pytest.importorskip("sklearn")
    rows = [{"input_features": [[sign * 1.0, 0.0]] * n, "label": str(sign)} for n in range(1, 5) for sign in (-1, 1)]
    assert baselines.baseline(rows, rows) == {"accuracy": 1.0, "f1_macro": 1.0}
