"""Figures of an evaluation, from the libraries that the field uses; those that are not installed are left out."""

from importlib.util import find_spec
from typing import Any

import numpy as np
from transformers import EvalPrediction

from seqkit.data.streams import IGNORED


def classification(prediction: EvalPrediction) -> dict[str, float]:
    """Return accuracy, and macro-averaged F1 if scikit-learn is installed."""
    guesses, truth = prediction.predictions.argmax(-1), prediction.label_ids
    return {"accuracy": float((guesses == truth).mean()), **_macro_f1(truth, guesses)}


def multi_label(prediction: EvalPrediction) -> dict[str, float]:
    """Return the share of rows with all labels right, and macro-averaged F1, at a score of 0.5."""
    guesses = (prediction.predictions > 0).astype(int)
    truth = prediction.label_ids.astype(int).reshape(guesses.shape)
    return {"accuracy": float((guesses == truth).all(-1).mean()), **_macro_f1(truth, guesses)}


def regression(prediction: EvalPrediction) -> dict[str, float]:
    """Return the mean squared and mean absolute errors."""
    error = prediction.predictions.squeeze(-1) - prediction.label_ids
    return {"mse": float((error**2).mean()), "mae": float(np.abs(error).mean())}


def _macro_f1(truth: Any, guesses: Any) -> dict[str, float]:
    """Return macro-averaged F1 over the classes that occur."""
    if find_spec("sklearn") is None:
        return {}
    from sklearn.metrics import f1_score  # takes seconds to import

    return {"f1_macro": float(f1_score(truth, guesses, average="macro", zero_division=0))}


class Tagging:
    """Token accuracy, and the F1 of whole entities if the labels are BIO and seqeval is installed.

    Args:
        names: the labels in the order of their ids.
    """

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.spans = any(name[:2] in ("B-", "S-") for name in names) and find_spec("seqeval") is not None

    def __call__(self, prediction: EvalPrediction) -> dict[str, float]:
        """Compare (B, T, labels) scores with (B, T) ids, -100 where not counted."""
        guesses, truth = prediction.predictions.argmax(-1), prediction.label_ids
        counted = truth != IGNORED
        figures = {"accuracy": float((guesses == truth)[counted].mean())}
        if self.spans:
            from seqeval.metrics import f1_score  # takes seconds to import

            named = [
                [[self.names[i] for i in row[keep]] for row, keep in zip(ids, counted, strict=True)]
                for ids in (truth, guesses)
            ]
            figures["f1"] = float(f1_score(*named, zero_division=0))
        return figures
