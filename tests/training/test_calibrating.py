"""What is fitted after a training is kept, and makes probabilities and labels better."""

from typing import Any

import datasets
import pytest
import torch

from seqkit import RNNConfig, RNNForSequenceClassification, WordTokenizer
from seqkit.errors import ConfigError, DataError
from seqkit.inference import Labeller
from seqkit.training.calibrating import calibrate, check_calibration, numbers

TOKENIZER = WordTokenizer.train(["a b c d e f g h"])


def labeller(kind: str, scale: float = 6.0) -> Labeller:
    """A classifier that is far too sure of itself."""
    config = RNNConfig(vocab_size=len(TOKENIZER), hidden_size=8, id2label={0: "x", 1: "y", 2: "z"}, problem_type=kind)
    model = RNNForSequenceClassification(config)
    torch.nn.init.normal_(model.score.weight, 0, scale)
    return Labeller(model, TOKENIZER)


def rows(made: Labeller, labels: Any) -> datasets.Dataset:
    texts = [" ".join("abcdefgh"[(n * k) % 8] for k in range(1, 2 + n % 5)) for n in range(400)]
    return datasets.Dataset.from_dict({"text": texts, "label": labels(made.scores(texts))})


def test_a_temperature_is_fitted_and_kept() -> None:
    made = labeller("single_label_classification")
    names = made.model.config.id2label
    data = rows(made, lambda z: [names[int(i)] for i in torch.distributions.Categorical(logits=z / 4).sample()])
    sure = [answer["score"] for answer in made(data["text"])]
    figures = calibrate(made, data, temperature=True, thresholds=False)
    assert 3 < made.model.config.calibration_temperature < 5.5
    assert figures["calibration_temperature"] == made.model.config.calibration_temperature
    assert figures["calibration_error_after"] < figures["calibration_error_before"]
    after = [answer["score"] for answer in made(data["text"])]
    assert sum(after) < sum(sure)


def test_thresholds_are_fitted_and_kept() -> None:
    made = labeller("multi_label_classification", 1.0)
    made.model.score.bias.data[:] = torch.tensor([-4.0, 0.0, 3.0])  # labels that a half is no good border for
    names = made.model.config.id2label
    middle = torch.tensor([-4.0, 0.0, 3.0])
    data = rows(made, lambda z: [[names[int(i)] for i in (row > middle).nonzero()] for row in z])
    figures = calibrate(made, data, temperature=False, thresholds=True)
    assert figures["f1_after_thresholds"] > 0.9 > figures["f1_before_thresholds"]
    made.model.config.check()
    found = [answer["labels"] for answer in made(data["text"])]
    assert sum(a == b for a, b in zip(found, data["label"], strict=True)) > 380


def test_what_cannot_be_fitted_is_refused() -> None:
    data = datasets.Dataset.from_dict({"text": ["a"] * 3, "label": ["x", "y", "x"]})
    with pytest.raises(ConfigError, match="several labels each"):
        calibrate(labeller("single_label_classification"), data, False, True)
    with pytest.raises(DataError, match="3 validation rows are too few"):
        calibrate(labeller("single_label_classification"), data, True, False)
    check_calibration("sequence-classification", True, True)
    with pytest.raises(
        ConfigError, match="--calibrate is for sequence-classification and series-classification, not causal-lm"
    ):
        check_calibration("causal-lm", True, False)


def test_labels_become_numbers() -> None:
    config = RNNConfig(vocab_size=5, id2label={0: "x", 1: "y"})
    assert numbers(["y", "x"], config).tolist() == [1, 0]
    config.problem_type = "multi_label_classification"
    assert numbers([["y"], []], config).tolist() == [[0.0, 1.0], [0.0, 0.0]]
