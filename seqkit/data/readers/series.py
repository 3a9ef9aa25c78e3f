"""Rows that hold a series of float vectors: each is checked, and all must have vectors of one width."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from seqkit.annotations import show
from seqkit.errors import DataError

TYPE = pa.list_(pa.list_(pa.float32()))
"""How a column of series is kept: T steps of N numbers in each row."""

SHAPE = "a list of steps with a list of numbers each, such as [[0.1, 2.0], [0.3, 1.5]]"


class SeriesCheck:
    """Checks series of vectors, row by row; the first one says how many numbers a step has.

    Args:
        width: numbers of a step N, where it is known before; None (default) takes the first row's.

    Example:
        >>> check = SeriesCheck()
        >>> check([[1, 2], [3, 4], [5, 6]], "a.jsonl, line 1").shape, check.width
        ((3, 2), 2)
    """

    def __init__(self, width: int | None = None) -> None:
        self.width = width

    def __call__(self, value: object, where: str) -> np.ndarray:
        """Return one row's series, (T, N) float32.

        Args:
            value: what the row holds.
            where: the row, for messages.

        Raises:
            DataError: if it is no series of finite numbers, has no step, or not as many numbers in each as expected.
        """
        steps = _steps(value, where)
        if self.width is None:
            self.width = len(steps[0])
        odd = next((place for place, step in enumerate(steps, start=1) if len(step) != self.width), None)
        if odd is not None:
            found = len(steps[odd - 1])
            raise DataError(f"{where}: step {odd} has {found} numbers, where {self.width} are expected in every step")
        return _numbers(steps, where)

    def keep(self, value: object, where: str) -> object:
        """Check one row's series, and return it as it was given."""
        self(value, where)
        return value


def _steps(value: Any, where: str) -> Any:
    """Return the steps of a row, of which there must be one, each a list of something."""
    lists = (list, tuple, np.ndarray)
    if not isinstance(value, lists) or not all(isinstance(step, lists) for step in value):
        hint = "; rows of text are for --task sequence-classification" if isinstance(value, str) else ""
        raise DataError(f"{where} is {show(value)}, where a series must be {SHAPE}{hint}")
    if not len(value) or not len(value[0]):
        raise DataError(f"{where} is a series without a {'number' if len(value) else 'step'}: take the row out")
    return value


def _numbers(steps: Sequence[Any], where: str) -> np.ndarray:
    """Make an array of steps of one width."""
    try:
        array = np.asarray(steps)
    except ValueError:  # lists of different lengths where numbers should be
        array = np.empty((0, 0, 0))
    if array.ndim != 2 or array.dtype.kind not in "iuf":
        bad = next((number for step in steps for number in step if not _is_number(number)), steps[0])
        raise DataError(f"{where} holds {show(bad)} among its numbers: a series must be {SHAPE}")
    with np.errstate(over="ignore"):
        series = array.astype(np.float32)
    if not np.isfinite(series).all():
        step, place = np.argwhere(~np.isfinite(series))[0]
        raise DataError(
            f"{where}: number {place + 1} of step {step + 1} is {array[step, place]}, which no 32-bit float holds as a "
            "number: mend it, or take the row out"
        )
    return series


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
