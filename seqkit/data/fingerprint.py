"""Whether two training sets are the same, told cheaply: by their sizes, and a digest of what they hold."""

import hashlib
from collections.abc import Iterator
from typing import Any

import datasets
import numpy as np
import torch
from torch import Tensor

from seqkit.data.streams import StreamDataset, Streams

BLOCK, BLOCKS = 1 << 20, 64
"""Ids that are digested at once, and how many such blocks of a longer text are."""

ROWS = 1000
"""Rows that are digested of more rows."""


def fingerprint(data: Any) -> dict[str, Any]:
    """Describe a training set so that another one is told from it.

    All ids of streams are digested, up to 64 million; of longer texts, as many in 64 blocks spread evenly. Of rows in
    a list or in a `datasets.Dataset`, a thousand spread evenly. A data set of another kind may tell of itself, by a
    string `fingerprint`; nothing else is known of it, since to read it might cost much, or draw random numbers.

    Args:
        data: what a trainer takes as `train_dataset`.

    Returns:
        `kind`, `size` (None if it has none), `digest` (None if it cannot be known); for streams also `streams` and
        `sequence_length`.

    Example:
        >>> import torch
        >>> first, other = (StreamDataset(torch.arange(n, n + 9), 2, 2) for n in (0, 1))
        >>> fingerprint(first) == fingerprint(first), fingerprint(first) == fingerprint(other)
        (True, False)
    """
    known = {"kind": type(data).__name__, "size": len(data) if hasattr(data, "__len__") else None, "digest": None}
    if isinstance(data, Streams):
        known |= {"streams": data.batch_size, "sequence_length": data.sequence_length}
    if isinstance(data, StreamDataset):
        return {**known, "size": len(data.ids), "digest": digest(id_blocks(data.ids))}
    if isinstance(told := getattr(data, "fingerprint", None), str):
        return {**known, "digest": told}
    return {**known, "digest": digest(row_parts(data))} if isinstance(data, list | tuple | datasets.Dataset) else known


def digest(parts: Iterator[bytes]) -> str:
    """Return the SHA-256 of all parts."""
    summed = hashlib.sha256()
    for part in parts:
        summed.update(part)
    return summed.hexdigest()


def id_blocks(ids: Tensor | np.ndarray) -> Iterator[bytes]:
    """Give the ids of a text, or of blocks of it, as int64: the same whatever type holds them."""
    count = min(BLOCKS, -(-len(ids) // BLOCK))
    for start in spread(max(len(ids) - BLOCK, 0) + 1, count):
        yield to_array(ids[start : start + BLOCK]).astype("<i8").tobytes()


def row_parts(data: Any) -> Iterator[bytes]:
    """Give rows, of many as many as are digested."""
    # A format or a transform of the user's may make random things of a row.
    rows = data.with_format(None) if isinstance(data, datasets.Dataset) else data
    for place in spread(len(rows), ROWS):
        yield from value_parts(rows[place])


def spread(size: int, count: int) -> list[int]:
    """Return up to so many places, spread evenly, the first and the last among them.

    Example:
        >>> spread(10, 4), spread(2, 4)
        ([0, 3, 6, 9], [0, 1])
    """
    return sorted({place * (size - 1) // max(count - 1, 1) for place in range(count)}) if size else []


def value_parts(value: Any) -> Iterator[bytes]:
    """Give a value's bytes, whatever is nested in it."""
    if isinstance(value, dict):
        for name in sorted(value, key=str):
            yield repr(name).encode()
            yield from value_parts(value[name])
    elif isinstance(value, Tensor | np.ndarray):
        yield repr(tuple(value.shape)).encode()
        yield to_array(value).tobytes()
    elif isinstance(value, list | tuple) and any(isinstance(part, dict | Tensor | np.ndarray) for part in value):
        for part in value:
            yield from value_parts(part)
    elif isinstance(value, str | bytes | int | float | bool | list | tuple | None):
        yield repr(value).encode()
    else:
        yield type(value).__name__.encode()  # the repr of anything else may hold an address


def to_array(values: Tensor | np.ndarray) -> np.ndarray:
    """Return numbers as an array; numpy knows no bfloat16."""
    if not isinstance(values, Tensor):
        return np.asarray(values)
    values = values.detach().cpu()
    return (values.float() if values.dtype == torch.bfloat16 else values).numpy()
