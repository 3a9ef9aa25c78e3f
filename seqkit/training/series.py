"""What a training makes of series of float vectors: numbers of any size, which the network sees as about 1."""

import datasets
import numpy as np

from seqkit.data.inputs import VectorInputs
from seqkit.data.labels import LabelSet
from seqkit.errors import DataError
from seqkit.training.classifying import classified
from seqkit.training.prepared import Prepared
from seqkit.training.rows import column_lengths
from seqkit.training.settings import Settings

TINY = 1e-30
"""A deviation that is none."""


def series_classification(settings: Settings, train: datasets.Dataset, validation: datasets.Dataset) -> Prepared:
    """Take series of vectors as they are, measure how large their numbers are, and number their labels.

    Raises:
        DataError: if training and validation data have vectors of different widths.
    """
    width, other = (len(part[0]["input_features"][0]) for part in (train, validation))
    if width != other:
        raise DataError(f"the validation data have {other} numbers a step, and the training data {width}")
    longest = int(column_lengths(train, "input_features").max())
    read = {"numbers a step": width, "steps of the longest row": longest}
    fields = {"num_features": width, **scale(train, width)}
    return classified(VectorInputs(width), LabelSet.learn(train["label"]), fields, read, train, validation)


def scale(data: datasets.Dataset, width: int) -> dict[str, list[float]]:
    """Return the configuration fields by which a network sees numbers with a mean of 0 and a deviation of 1.

    Args:
        data: the training rows; all their steps count alike.
        width: numbers of a step N.
    """
    column = data.select_columns(["input_features"]).with_format("arrow")[:].column("input_features")
    steps = column.combine_chunks().flatten().flatten().to_numpy().astype(np.float64).reshape(-1, width)
    means, deviations = steps.mean(0), steps.std(0)
    # A number that never changes stays 0 when its mean is gone, but for the rounding of 32 bits, which is not to grow.
    constant = deviations <= 1e-6 * np.abs(means)
    deviations[constant | (deviations < TINY)] = 1.0
    return {"feature_means": means.tolist(), "feature_deviations": deviations.tolist()}
