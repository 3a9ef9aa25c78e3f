"""What is said of scores is what `seqkit.inference.decisions` says."""

from typing import Any

import numpy as np
import pytest
import torch

from seqkit.export.folder import describe
from seqkit.inference import decisions as twin
from seqkit.runtime.decisions import decide, probabilities, softmax
from tests.export.cases import classifier

KINDS: list[dict[str, Any]] = [
    {},
    {"problem_type": "single_label_classification", "calibration_temperature": 3.0},
    {"problem_type": "multi_label_classification", "label_thresholds": [0.2, 0.8, 0.5], "calibration_temperature": 0.7},
    {"problem_type": "multi_label_classification"},
    {"problem_type": "regression", "num_labels": 1, "id2label": None},
]


@pytest.mark.parametrize("fields", KINDS, ids=str)
def test_both_say_the_same(fields: dict[str, Any]) -> None:
    network, tokenizer = classifier(**fields)
    told = describe(network, tokenizer, "sequence-classification", "word", False, False)
    for _ in range(20):
        scores = torch.randn(network.config.num_labels) * 3
        said, expected = decide(scores.numpy(), told), twin.decide(scores, network.config)
        assert said.keys() == expected.keys()
        for name, value in said.items():
            near = pytest.approx(expected[name], abs=2e-4) if name in ("score", "scores", "value") else expected[name]
            assert value == near
        found, expected = probabilities(scores.numpy(), told), twin.probabilities(scores, network.config)
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_great_scores_are_no_trouble() -> None:
    np.testing.assert_allclose(softmax(np.array([1e5, 0.0, -1e5])), [1, 0, 0])
