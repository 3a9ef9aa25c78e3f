"""What a training makes of series of float vectors: the network reads them as they are."""

import datasets

from seqkit.data.batching import row_lengths
from seqkit.data.inputs import VectorInputs
from seqkit.errors import DataError
from seqkit.training.classifying import classified
from seqkit.training.prepared import Prepared
from seqkit.training.settings import Settings


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
    return classified(VectorInputs(width), {"num_features": width}, read, train, validation)
