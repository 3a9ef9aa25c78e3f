"""Rows of texts or series and labels, or of words and tags, as a model takes them."""

from collections.abc import Mapping
from typing import Any

import datasets

from seqkit.data.alignment import TokenLabelAligner
from seqkit.data.batching import row_lengths
from seqkit.data.inputs import Inputs
from seqkit.data.labels import LabelSet
from seqkit.data.strangers import refuse_strangers


def encode_rows(data: datasets.Dataset, inputs: Inputs, labels: LabelSet) -> datasets.Dataset:
    """Turn rows of what a classifier reads, and `label`, into its input and numbers.

    Args:
        data: the rows.
        inputs: what the model reads.
        labels: the labels that it knows.

    Raises:
        DataError: naming every label that was not seen in training, with their number.
    """
    if labels.problem_type != "regression":
        rows = ([str(each) for each in (label if isinstance(label, list) else [label])] for label in data["label"])
        refuse_strangers(rows, labels.label2id)
    numbered = labels.encode_dataset(data)
    column = inputs.column
    return numbered.map(lambda rows: dict(inputs.encode(rows[column])), batched=True, remove_columns=[column])


def column_lengths(data: datasets.Dataset, name: str) -> Any:
    """Return the length of each row of a column, (N,)."""
    return row_lengths(data.select_columns([name]), name)


def encode_words(data: datasets.Dataset, tokenizer: Any, label2id: Mapping[str, int]) -> datasets.Dataset:
    """Turn rows of `tokens` and `labels` into ids and aligned numbers.

    Args:
        data: the rows.
        tokenizer: a fast tokenizer.
        label2id: the number of each label; one that gives a number to every label refuses none.

    Raises:
        DataError: naming every label that was not seen in training, with their number.
    """
    if type(label2id) is dict:
        refuse_strangers(data["labels"], label2id)
    aligner = TokenLabelAligner(tokenizer, label2id)
    return data.map(aligner, batched=True, with_indices=True, remove_columns=["tokens"])
