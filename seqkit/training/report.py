"""What an evaluation found, label by label: precision, recall, F1, support, and what was taken for what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np

from seqkit.data.schemes import are_spans, convert_tags

MISSING = "the table by label needs scikit-learn and seqeval: pip install 'seqkit[metrics]'"

Table = list[dict[str, Any]]
"""Rows of `label`, `precision`, `recall`, `f1` and `support`."""


@dataclass
class Report:
    """Figures of an evaluation, and what stands behind them.

    Args:
        figures: numbers by name.
        table: a row for each label: `label`, `precision`, `recall`, `f1`, `support` (how often it is the truth).
        labels: names of the rows and columns of `confusion`.
        confusion: how often each label (row) was taken for each (column); empty where several labels go together.
        notes: what else there is to tell, a sentence each.
    """

    figures: dict[str, float]
    table: Table = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    confusion: list[list[int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def tagging_report(truth: Sequence[Sequence[str]], guesses: Sequence[Sequence[str]]) -> Report:
    """Compare the tags of sentences.

    Tags that mark spans are compared as whole spans (seqeval, which reads them as conlleval does): a span counts if its
    kind, its begin and its end are right. Accuracy, and what was taken for what, are counted word by word, accuracy in
    BIO and confusion by kind.

    Args:
        truth: the tags of each sentence.
        guesses: the same, as the model has them.
    """
    if not are_spans({tag for tags in (*truth, *guesses) for tag in tags}):
        return class_report([tag for tags in truth for tag in tags], [tag for tags in guesses for tag in tags])
    truth, guesses = ([convert_tags(tags, "bio") for tags in rows] for rows in (truth, guesses))
    words = [pair for rows in zip(truth, guesses, strict=True) for pair in zip(*rows, strict=True)]
    figures = {"accuracy": float(np.mean([a == b for a, b in words])) if words else 0.0}
    labels, confusion = confuse([[tag[2:] or tag for tag in pair] for pair in words])
    if find_spec("seqeval") is None:
        return Report(figures, [], labels, confusion, [MISSING])
    from seqeval.metrics import classification_report  # takes seconds to import

    found = classification_report(truth, guesses, output_dict=True, zero_division=0)
    whole = found["micro avg"]
    figures |= {name: float(whole[key]) for name, key in (("precision",) * 2, ("recall",) * 2, ("f1", "f1-score"))}
    averages = {name for name in found if name.endswith(" avg")}
    table = [_row(kind, row) for kind, row in sorted(found.items()) if kind not in averages]
    return Report(figures, table, labels, confusion)


def class_report(truth: Sequence[str], guesses: Sequence[str]) -> Report:
    """Compare one label each, of texts or of words.

    Args:
        truth: the labels.
        guesses: the same, as the model has them.
    """
    figures = {"accuracy": float(np.mean([a == b for a, b in zip(truth, guesses, strict=True)])) if truth else 0.0}
    labels, confusion = confuse(list(zip(truth, guesses, strict=True)))
    if not truth or find_spec("sklearn") is None:
        return Report(figures, [], labels, confusion, [MISSING] if truth else ["there was nothing to compare"])
    from sklearn.metrics import precision_recall_fscore_support  # takes seconds to import

    columns = precision_recall_fscore_support(truth, guesses, labels=labels, zero_division=0)
    table = _rows(labels, columns)
    # As scikit-learn has it: over the labels that occur in the truth or the guesses.
    figures["f1_macro"] = float(np.mean([row["f1"] for row in table])) if table else 0.0
    return Report(figures, table, labels, confusion)


def several_report(truth: Sequence[Sequence[str]], guesses: Sequence[Sequence[str]], names: Sequence[str]) -> Report:
    """Compare several labels a text.

    Args:
        truth: the labels of each text.
        guesses: the same, as the model has them.
        names: the labels that the model knows; others in `truth` were never found, and count so.
    """
    names = [*names, *sorted({name for labels in truth for name in labels} - set(names))]
    there, given = (np.array([[name in labels for name in names] for labels in rows]) for rows in (truth, guesses))
    figures = {"accuracy": float((there == given).all(-1).mean())}
    if find_spec("sklearn") is None:
        return Report(figures, notes=[MISSING])
    from sklearn.metrics import f1_score, precision_recall_fscore_support  # takes seconds to import

    figures["f1_macro"] = float(f1_score(there, given, average="macro", zero_division=0))
    figures["f1_micro"] = float(f1_score(there, given, average="micro", zero_division=0))
    return Report(figures, _rows(names, precision_recall_fscore_support(there, given, zero_division=0)))


def number_report(truth: Sequence[float], guesses: Sequence[float]) -> Report:
    """Compare numbers: mean squared and mean absolute error, and the share of the variance that is explained (R²)."""
    y, error = np.asarray(truth, dtype=float), np.asarray(guesses, dtype=float) - np.asarray(truth, dtype=float)
    spread = float(((y - y.mean()) ** 2).sum())
    figures = {"mse": float((error**2).mean()), "mae": float(np.abs(error).mean())}
    if spread > 0:
        figures["r2"] = 1 - float((error**2).sum()) / spread
    return Report(figures)


def confuse(pairs: Sequence[Sequence[str]]) -> tuple[list[str], list[list[int]]]:
    """Count which label was taken for which.

    Args:
        pairs: truth and guess.

    Returns:
        The labels, and for each of them (the truth) how often each was the guess.

    Example:
        >>> confuse([("a", "a"), ("a", "b"), ("b", "b")])
        (['a', 'b'], [[1, 1], [0, 1]])
    """
    labels = sorted({label for pair in pairs for label in pair})
    places = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), dtype=int)
    for truth, guess in pairs:
        counts[places[truth], places[guess]] += 1
    return labels, counts.tolist()


def _rows(labels: Sequence[str], columns: Any) -> Table:
    """Make rows of scikit-learn's columns."""
    keys = ("precision", "recall", "f1-score", "support")
    return [
        _row(label, dict(zip(keys, values, strict=True)))
        for label, *values in zip(labels, *columns, strict=True)
    ]  # fmt: skip


def _row(label: str, values: dict[str, Any]) -> dict[str, Any]:
    figures = {name: float(values[key]) for name, key in (("precision",) * 2, ("recall",) * 2, ("f1", "f1-score"))}
    return {"label": label, **figures, "support": int(values["support"])}
