"""After a training: probabilities set right and thresholds chosen on the validation rows, kept in the configuration."""

from typing import Any

import torch
from torch import Tensor

from seqkit.data.labels import LabelSet
from seqkit.errors import ConfigError
from seqkit.inference.calibration import calibration_error, f1_at, fit_temperature, fit_thresholds, held_out
from seqkit.inference.decisions import probabilities
from seqkit.inference.labeller import Labeller

CLASSIFYING = ("sequence-classification", "series-classification")
SEVERAL = "multi_label_classification"


def check_calibration(task: str, calibrate: bool, tune: bool) -> None:
    """Refuse to fit what a task has not.

    Raises:
        ConfigError: if the task does not classify.
    """
    for option, wanted in (("--calibrate", calibrate), ("--tune-thresholds", tune)):
        if wanted and task not in CLASSIFYING:
            raise ConfigError(f"{option} is for {' and '.join(CLASSIFYING)}, not {task}. Leave it out.")


def calibrate(labeller: Labeller, rows: Any, temperature: bool, thresholds: bool) -> dict[str, float]:
    """Fit temperature and thresholds on rows that training did not see, and write them into the model's configuration.

    Each figure "after" is of rows that the fit did not see: each half of the rows is judged by what the other half
    gives. What is kept is fitted on all of them.

    Args:
        labeller: of the trained classifier.
        rows: validation rows with what the classifier reads, and `label`.
        temperature: whether to fit a temperature.
        thresholds: whether to fit a threshold for each of several labels.

    Returns:
        `calibration_temperature`, `calibration_error_before`, `calibration_error_after`, `f1_before_thresholds` and
        `f1_after_thresholds`, as asked for.

    Raises:
        ConfigError: if the model predicts a number, or thresholds are asked of one that gives one label a text.
        DataError: if there are too few rows.
    """
    config = labeller.model.config
    if config.problem_type == "regression":
        raise ConfigError("a model that predicts a number has no probabilities to calibrate. Leave --calibrate out.")
    if thresholds and config.problem_type != SEVERAL:
        raise ConfigError("--tune-thresholds is for rows with several labels each; these have one. Leave it out.")
    logits, labels = labeller.scores(rows[labeller.column][:]), numbers(rows["label"][:], config)
    figures: dict[str, float] = {}
    if temperature:
        before = calibration_error(logits, labels)
        after = held_out(fit_temperature, calibration_error, logits, labels)
        config.calibration_temperature = round(fit_temperature(logits, labels), 6)
        figures["calibration_temperature"] = config.calibration_temperature
        figures |= {"calibration_error_before": before, "calibration_error_after": after}
    if thresholds:
        chances = probabilities(logits, config)
        figures["f1_before_thresholds"] = f1_at(chances, labels, [0.5] * config.num_labels)
        figures["f1_after_thresholds"] = held_out(fit_thresholds, f1_at, chances, labels)
        config.label_thresholds = fit_thresholds(chances, labels)
    return figures


def numbers(labels: list[Any], config: Any) -> Tensor:
    """Return labels as numbers: classes (N,), or 0.0 and 1.0 (N, labels)."""
    known = LabelSet.from_config(config)
    return torch.tensor([known.encode(label, f"row {row}") for row, label in enumerate(labels, start=1)])
