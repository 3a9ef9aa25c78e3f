"""What every training of a classifier makes of its rows, whatever they are read as."""

from typing import Any

import datasets

from seqkit.data.inputs import Inputs
from seqkit.data.labels import LabelSet
from seqkit.training import metrics
from seqkit.training.prepared import Prepared
from seqkit.training.rows import encode_rows

FIGURES = {
    "single_label_classification": metrics.classification,
    "multi_label_classification": metrics.multi_label,
    "regression": metrics.regression,
}


def classified(
    inputs: Inputs,
    labels: LabelSet,
    fields: dict[str, Any],
    read: dict[str, int],
    train: datasets.Dataset,
    validation: datasets.Dataset,
) -> Prepared:
    """Make the model's input of rows and their labels.

    Args:
        inputs: what the model reads.
        labels: those of the training rows.
        fields: configuration fields that follow from it.
        read: its sizes, for the screen and the card.
        train: training rows.
        validation: validation rows.
    """
    encoded = [encode_rows(part, inputs, labels) for part in (train, validation)]
    return Prepared(
        inputs.tokenizer,
        encoded[0],
        encoded[1],
        encoded[1],
        {**fields, **label_fields(labels)},
        inputs.collator,
        FIGURES[labels.problem_type],
        row_facts(train, validation, labels, read),
        validation,
    )


def label_fields(labels: LabelSet) -> dict[str, Any]:
    """Return the configuration fields that follow from the labels."""
    return {"id2label": labels.id2label, "label2id": labels.label2id, "problem_type": labels.problem_type}


def row_facts(train: Any, validation: Any, labels: LabelSet, read: dict[str, int]) -> dict[str, Any]:
    """Count rows and labels, beside what there is to tell of what is read."""
    facts = {"training rows": len(train), "validation rows": len(validation)}
    return {**facts, **read, "labels": len(labels.names)}
