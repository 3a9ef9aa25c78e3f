"""What a training makes of series of float vectors: the network reads them as they are."""

import datasets
import numpy as np

from seqkit.data.batching import row_lengths
from seqkit.data.inputs import VectorInputs
from seqkit.errors import DataError
from seqkit.training.classifying import classified
from seqkit.training.prepared import Prepared
from seqkit.training.settings import Settings

SMALL, LARGE = 0.01, 100.0
"""Deviations of a number beyond which a note says so."""


def series_classification(settings: Settings, train: datasets.Dataset, validation: datasets.Dataset) -> Prepared:
    """Take series of vectors as they are, and number their labels.

    Raises:
        DataError: if training and validation data have vectors of different widths.
    """
    width, other = (len(part[0]["input_features"][0]) for part in (train, validation))
    if width != other:
        raise DataError(f"the validation data have {other} numbers a step, and the training data {width}")
    longest = int(max(row_lengths(train, "input_features")))
    read = {"numbers a step": width, "steps of the longest row": longest}
    made = classified(VectorInputs(width), {"num_features": width}, read, train, validation)
    made.notes += uneven(deviations(train, width))
    return made


def deviations(data: datasets.Dataset, width: int) -> np.ndarray:
    """Return the standard deviation of each number of a step over all rows, (N,)."""
    column = data.select_columns(["input_features"]).with_format("arrow")[:].column("input_features")
    return column.combine_chunks().flatten().flatten().to_numpy().reshape(-1, width).std(0)


def uneven(spread: np.ndarray) -> list[str]:
    """Tell of numbers that are so large or small that a network learns little of them, or of the others.

    Args:
        spread: standard deviations (N,); numbers that never change do no harm.
    """
    there = spread[spread > 0]
    if not len(there) or (there.min() >= SMALL and there.max() <= LARGE):
        return []
    return [
        f"the numbers of a step have deviations from {there.min():.3g} to {there.max():.3g}: a network learns more of "
        "numbers with one of about 1. Divide them before they are written"
    ]
