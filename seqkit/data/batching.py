"""Batches of rows of similar length: an order in which little is padded, and that is new in each epoch."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from torch.utils.data import Sampler

from seqkit.errors import DataError

BLUR = 0.1
"""By how much of itself a row's length is blurred before rows are sorted, so that its company changes."""


class LengthSampler(Sampler[int]):
    """An order of rows in which each batch holds rows of similar length, and batches of all lengths follow each other.

    Each epoch blurs all lengths a little, sorts the rows, cuts them into batches and shuffles those. Where the number
    of rows is no multiple of the batch, the smaller batch comes last, and is of another length each time. For any
    `DataLoader` or `Trainer`: `Trainer._get_train_sampler` may return one. An epoch's order follows from seed and epoch
    alone, so that a training that is resumed goes on as it was.

    Args:
        lengths: length of each row, in tokens.
        batch_size: rows of one batch.
        seed: seed of the order; default 0.
        blur: by how much of itself a length is blurred. 0 pads least, but puts the same rows together in every epoch.
            Default 0.1.

    Raises:
        DataError: there are no rows in a batch, or the blur is negative.

    Example:
        >>> list(LengthSampler([5, 1, 5, 1, 9, 9], batch_size=2))
        [5, 4, 0, 2, 3, 1]
    """

    def __init__(self, lengths: Sequence[int] | np.ndarray, batch_size: int, seed: int = 0, blur: float = BLUR) -> None:
        if batch_size < 1:
            raise DataError(f"batch_size is {batch_size}; a batch must have one row at least.")
        if not blur >= 0:
            raise DataError(f"blur is {blur}; expected 0, or a positive part of the lengths such as {BLUR}.")
        self.lengths = np.asarray(lengths)
        self.batch_size = batch_size
        self.seed = seed
        self.blur = blur
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order comes next; those who load the data call this before each."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        order = self.order(self.epoch)
        # For loops that know nothing of `set_epoch`.
        self.epoch += 1
        return iter(order.tolist())

    def order(self, epoch: int) -> np.ndarray:
        """Return the order of the rows in an epoch, (N,)."""
        random = np.random.default_rng((self.seed, epoch))
        count = len(self.lengths)
        full, rest = divmod(count, self.batch_size)
        # Shuffled before they are sorted: rows of equal length have no order of their own.
        shuffled = random.permutation(count)
        blurred = np.log1p(self.lengths[shuffled]) + random.uniform(-self.blur, self.blur, count)
        rows = shuffled[np.argsort(blurred, kind="stable")]
        begin = random.integers(full + 1) * self.batch_size
        last, rows = rows[begin : begin + rest], np.delete(rows, slice(begin, begin + rest))
        batches = random.permutation(rows.reshape(full, self.batch_size))
        return np.concatenate([batches.ravel(), last])


def row_lengths(data: Any, name: str, length_column: str = "length") -> np.ndarray | None:
    """Return the length of each row of a data set.

    Args:
        data: a `datasets.Dataset`, or anything of rows that has a length; other than the former is read once.
        name: the column whose lengths count, such as `"input_ids"`.
        length_column: a column that holds the lengths already, if there is one. Default `"length"`.

    Returns:
        The lengths (N,), or None if rows have no such column or data no length.
    """
    if not hasattr(data, "__len__") or not len(data):
        return None
    if hasattr(data, "column_names") and hasattr(data, "with_format"):
        return _column_lengths(data, name, length_column)
    first = data[0]
    if not isinstance(first, Mapping) or not {name, length_column} & first.keys():
        return None
    if length_column in first:
        return np.array([int(row[length_column]) for row in (data[i] for i in range(len(data)))])
    return np.array([len(row[name]) for row in (data[i] for i in range(len(data)))])


def _column_lengths(data: Any, name: str, length_column: str) -> np.ndarray | None:
    """Measure a column of a `datasets.Dataset` where it lies, without making Python objects of its tokens."""
    import pyarrow
    from pyarrow import compute

    chosen = length_column if length_column in data.column_names else name
    if chosen not in data.column_names:
        return None
    column = data.select_columns([chosen]).with_format("arrow")[:].column(chosen)
    if chosen == name:
        if not pyarrow.types.is_nested(column.type):
            return None
        column = compute.list_value_length(column)
    return np.asarray(compute.fill_null(column, 0))
