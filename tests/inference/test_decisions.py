"""What is said of scores."""

import pytest
import torch

from seqkit import RNNConfig
from seqkit.inference.decisions import decide, probabilities

NAMES = {0: "a", 1: "b"}


def config(**fields: object) -> RNNConfig:
    return RNNConfig(vocab_size=5, id2label=NAMES, **fields)


def test_one_label() -> None:
    scores = torch.tensor([0.0, 3.0])
    said = decide(scores, config(problem_type="single_label_classification"))
    assert said == {"label": "b", "score": 0.9526}
    assert decide(scores, config(calibration_temperature=3.0)) == {"label": "b", "score": 0.7311}


def test_several_labels_by_their_thresholds() -> None:
    scores, kind = torch.tensor([-1.0, 1.0]), "multi_label_classification"
    assert decide(scores, config(problem_type=kind)) == {"labels": ["b"], "scores": {"a": 0.2689, "b": 0.7311}}
    limits = config(problem_type=kind, label_thresholds=[0.2, 0.8])
    assert decide(scores, limits)["labels"] == ["a"]
    # Thresholds are of calibrated probabilities.
    limits.calibration_temperature = 0.5
    assert probabilities(scores, limits).tolist() == pytest.approx([0.1192, 0.8808], abs=1e-4)
    assert decide(scores, limits)["labels"] == ["b"]


def test_a_number() -> None:
    assert decide(torch.tensor([2.5]), config(problem_type="regression")) == {"value": 2.5}
