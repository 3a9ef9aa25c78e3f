"""A part of the data is set aside for validation: the end of a text, or a sample of rows."""

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seqkit.data.tasks import Task, check_task
from seqkit.errors import DataError

_STRATUM = "__stratum__"


def split(
    dataset: datasets.Dataset, validation_fraction: float = 0.1, seed: int = 0, *, task: Task
) -> tuple[datasets.Dataset, datasets.Dataset]:
    """Divide a data set into training and validation.

    A language model's text is divided by position: the validation part is the end of the whole text (rows in order;
    the row in which the point falls is cut). Other tasks' rows are drawn at random, from each class in proportion
    where every class has two rows and both parts have room for every class.

    Args:
        dataset: what `read_dataset` gave.
        validation_fraction: share of the characters or rows, between 0 and 1; default 0.1.
        seed: of the draw; no matter for a text.
        task: the task that the data set was read for.

    Returns:
        The training part and the validation part, neither of them empty.

    Raises:
        DataError: the fraction is not between 0 and 1, or one part would be empty.
    """
    check_task(task)
    if not 0 < validation_fraction < 1:
        raise DataError(f"validation_fraction ({validation_fraction}) must be greater than 0 and less than 1")
    if task == "causal-lm":
        return _by_position(dataset, validation_fraction)
    return _by_draw(dataset, validation_fraction, seed)


def position_split(text: str, fraction: float = 0.1) -> tuple[str, str]:
    """Cut a text in two; put together again, the parts are the text.

    Args:
        text: any text of two characters or more.
        fraction: share of the characters that the second part gets (rounded up), between 0 and 1; default 0.1.

    Raises:
        DataError: one part would be empty.

    Example:
        >>> position_split("0123456789")
        ('012345678', '9')
    """
    cut = _cut(len(text), fraction)
    return text[:cut], text[cut:]


def _cut(length: int, fraction: float) -> int:
    cut = int(length * (1 - fraction))
    if not 0 < cut < length:
        raise DataError(
            f"a text of {length:,} characters cannot give {fraction:g} of them to validation: one part would be empty; "
            "use a longer text or name a validation file"
        )
    return cut


def _by_position(dataset: datasets.Dataset, fraction: float) -> tuple[datasets.Dataset, datasets.Dataset]:
    column = dataset.select_columns(["text"]).with_format("arrow")[:].column("text")
    ends = np.cumsum(pc.utf8_length(column).to_numpy())  # (rows,) characters up to the end of each row
    cut = _cut(int(ends[-1]) if len(ends) else 0, fraction)
    row = int(np.searchsorted(ends, cut, side="left"))  # the row that holds the last character of the training part
    text = column[row].as_py()
    within = len(text) - int(ends[row] - cut)
    head, tail = text[:within], text[within:]
    train = [*column.slice(0, row).chunks, pa.array([head], column.type)]
    validation = [*([pa.array([tail], column.type)] if tail else []), *column.slice(row + 1).chunks]
    return _texts(train, column.type), _texts(validation, column.type)


def _texts(chunks: list[pa.Array], dtype: pa.DataType) -> datasets.Dataset:
    return datasets.Dataset(pa.table({"text": pa.chunked_array(chunks, dtype)}))


def _by_draw(dataset: datasets.Dataset, fraction: float, seed: int) -> tuple[datasets.Dataset, datasets.Dataset]:
    if len(dataset) < 2:
        raise DataError(
            f"{len(dataset)} rows cannot be divided into training and validation: give more, or a validation file"
        )
    size = min(max(round(len(dataset) * fraction), 1), len(dataset) - 1)
    classes = _strata(dataset, size)
    if classes is None:
        parts = dataset.train_test_split(test_size=size, seed=seed)
    else:
        marked = datasets.concatenate_datasets([dataset, classes], axis=1)
        parts = marked.train_test_split(test_size=size, seed=seed, stratify_by_column=_STRATUM).remove_columns(_STRATUM)
    return parts["train"], parts["test"]


def _strata(dataset: datasets.Dataset, size: int) -> datasets.Dataset | None:
    """Give the class of each row as a column of its own, or None where rows cannot be drawn class by class."""
    if dataset.features.get("label") != datasets.Value("string"):
        return None
    column = dataset.select_columns(["label"]).with_format("arrow")[:].column("label").combine_chunks()
    encoded = column.dictionary_encode()
    counts = np.bincount(encoded.indices.to_numpy())
    if counts.min() < 2 or len(counts) > min(size, len(dataset) - size):
        return None
    feature = datasets.ClassLabel(names=encoded.dictionary.to_pylist())
    table = pa.table({_STRATUM: encoded.indices.cast(pa.int64())})
    return datasets.Dataset(table).cast_column(_STRATUM, feature)
