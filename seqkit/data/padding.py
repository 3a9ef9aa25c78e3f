"""Tokenized rows of different lengths become tensors, whatever columns their tokenizer gives."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers.data.data_collator import pad_without_fast_tokenizer_warning

from seqkit.data.streams import IGNORED

Side = str  # "right" or "left"


def pad_rows(columns: Mapping[str, Sequence[Any]], tokenizer: Any) -> dict[str, Tensor]:
    """Pad tokenized rows into one batch.

    The tokenizer pads the columns that it knows how to pad. The others it may give, such as the ids of each token's
    characters (T, C), are padded with 0, and `labels` with -100, on the tokenizer's side.

    Args:
        columns: a list of rows by name; a row is a list of T numbers, or of T lists of numbers. T may be 0.
        tokenizer: the tokenizer that gave them.

    Returns:
        Tensors (B, T) or (B, T, C), int64.
    """
    side = tokenizer.padding_side
    own = {name: rows for name, rows in columns.items() if name != "labels"}
    padded = dict(pad_without_fast_tokenizer_warning(tokenizer, own, padding=True))
    batch = {name: _tensor(rows, side, 0) for name, rows in padded.items()}
    if "labels" in columns:
        batch["labels"] = _tensor(columns["labels"], side, IGNORED)
    return batch


def _tensor(rows: Sequence[Any], side: Side, fill: int) -> Tensor:
    """Make a tensor of rows, which may be of different lengths, and hold lists of different lengths."""
    if isinstance(rows, Tensor):
        return rows
    inner = [len(item) for row in rows for item in row if isinstance(item, list | tuple)]
    if not inner:
        return _pad([torch.tensor(row, dtype=torch.long) for row in rows], side, fill)
    # Characters are read from the left whatever the side of the tokens.
    width = max(inner)
    full = [[[*item, *[fill] * (width - len(item))] for item in row] for row in rows]
    return _pad([torch.tensor(row, dtype=torch.long).reshape(len(row), width) for row in full], side, fill)


def _pad(rows: list[Tensor], side: Side, fill: int) -> Tensor:
    return pad_sequence(rows, batch_first=True, padding_value=fill, padding_side=side)
