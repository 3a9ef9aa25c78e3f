"""A part of the data is set aside for validation: the end of a text, or a sample of rows."""

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seqkit.data.tasks import Task, check_task
from seqkit.errors import DataError


def split(
    dataset: datasets.Dataset, validation_fraction: float = 0.1, seed: int = 0, *, task: Task
) -> tuple[datasets.Dataset, datasets.Dataset]:
    """Divide a data set into training and validation.

    A language model's text is divided by position: the validation part is the end of the whole text (rows in order;
    the row in which the point falls is cut). Other tasks' rows are drawn at random, from each class in proportion
    (as far as a row has one label). Training keeps at least one row with each label, so none is new in validation.

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
    column = dataset.select_columns(["text"]).with_format("arrow")[:].column("text")  # in chunks: may exceed 2 GB
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
    rows = len(dataset)
    if rows < 2:
        raise DataError(f"{rows} row cannot be divided into training and validation: give more, or a validation file")
    size = min(max(round(rows * fraction), 1), rows - 1)
    validation = np.zeros(rows, dtype=bool)
    validation[draw(_strata(dataset), size, seed)] = True
    for name in ("label", "labels"):
        if dataset.features.get(name) == datasets.List(datasets.Value("string")):
            _give_back_unseen(_column(dataset, name), validation)
    return dataset.select(np.flatnonzero(~validation)), dataset.select(np.flatnonzero(validation))


def draw(strata: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Draw rows at random, from each stratum in proportion, and never the last row that a stratum has left.

    `datasets.Dataset.train_test_split` would do, but it visits the rows one by one (14 s for 150,000) and refuses a
    class that has only one.

    Args:
        strata: the class of each row as a number, (rows,).
        size: how many rows; fewer are drawn if the classes have not that many to spare.
        seed: of the draw.

    Returns:
        The numbers of the rows, (size,).

    Example:
        >>> sorted(draw(np.array([0, 0, 0, 0, 1, 1, 2]), size=3, seed=0) < 4)
        [np.False_, np.True_, np.True_]
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(strata))
    order = order[np.argsort(strata[order], kind="stable")]  # class by class, at random within a class
    kept = np.unique(strata[order], return_index=True)[1]
    spare = np.delete(order, kept) if len(kept) < len(order) else order  # every row its own class: any will do
    size = min(size, len(spare))
    # Evenly spaced places take from each class its share, to within one row.
    return spare[((np.arange(size) + rng.random()) * len(spare) / size).astype(np.int64)]


def _strata(dataset: datasets.Dataset) -> np.ndarray:
    """Give the class of each row as a number; all rows are of one class where a row has not just one label."""
    if dataset.features.get("label") != datasets.Value("string"):
        return np.zeros(len(dataset), dtype=np.int64)
    return _column(dataset, "label").dictionary_encode().indices.to_numpy()


def _give_back_unseen(column: pa.Array, validation: np.ndarray) -> None:
    """Take rows with a label that no training row has, such as a rare tag, out of the mask `validation` (rows,)."""
    codes = column.flatten().dictionary_encode().indices.to_numpy()  # (labels of all rows,)
    rows = pc.list_parent_indices(column).to_numpy()
    unseen = validation[rows] & ~np.isin(codes, codes[~validation[rows]])
    given_back = np.unique(rows[unseen])
    if len(given_back) < validation.sum():
        validation[given_back] = False


def _column(dataset: datasets.Dataset, name: str) -> pa.Array:
    return dataset.select_columns([name]).with_format("arrow")[:].column(name).combine_chunks()
