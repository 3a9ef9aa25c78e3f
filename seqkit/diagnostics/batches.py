"""A small batch out of a data set: diagnostics need a few rows, not all."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

from seqkit.errors import DataError


def small_batch(
    rows: Any, collator: Callable[[list[Any]], Mapping[str, Any]], count: int = 8, length: int = 200
) -> dict[str, Any]:
    """Take a few rows of a data set, evenly spaced, cut them to a length and make a batch.

    Args:
        rows: a data set of model inputs, or a list of them.
        collator: makes a batch of rows.
        count: how many rows; default 8.
        length: tokens of a row; default 200.

    Raises:
        DataError: if there is no row.
    """
    total = len(rows)
    if not total:
        raise DataError("the data has no rows: there is nothing to look at.")
    chosen = [rows[i * total // count] for i in range(count)] if total > count else [rows[i] for i in range(total)]
    return dict(collator([shortened(row, length) for row in chosen]))


def shortened(row: Mapping[str, Any], length: int) -> dict[str, Any]:
    """Cut what has one entry for each token of a row."""
    tokens = next((len(row[name]) for name in ("input_ids", "input_features") if name in row), 0)
    return {name: value[:length] if per_token(name, value, tokens) else value for name, value in row.items()}


def per_token(name: str, value: Any, tokens: int) -> bool:
    """Tell whether a column has an entry for each token; labels may be as many by chance, if they are floats."""
    if not isinstance(value, Sequence | Tensor) or isinstance(value, str) or not getattr(value, "ndim", 1):
        return False
    return len(value) == tokens and not (name.startswith("label") and tokens and isinstance(value[0], float))
