"""A long text becomes token ids: by a table where one character is one token, else by the tokenizer, piece by piece."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqkit.data.characters import CharacterTable, character_table
from seqkit.data.memory import check_memory
from seqkit.errors import DataError

_TOKENIZER_CHUNK = 1 << 16  # characters; tokenizers take far more than linear time over one long text
_BATCH = 64  # chunks that the tokenizer works on in parallel
# Behind a newline, or before a single space (BPE tokens begin with theirs): words do not reach across either.
_BREAK = re.compile(r"(?<=\n)(?=\S)|(?<=\S)(?= \S)")


def encode_text(tokenizer: Any, text: str, dtype: torch.dtype = torch.long) -> Tensor:
    """Encode a text of any length, without special tokens around it.

    The ids are the tokenizer's own. For a tokenizer that gives each character one id (`CharTokenizer`) they are looked
    up in a table, some hundred times faster. Other tokenizers are given the text in pieces, cut behind newlines and
    before spaces, where word, character and BPE tokens do not reach across; tokens that do would be cut.

    Args:
        tokenizer: any transformers tokenizer.
        text: the text.
        dtype: of the ids; `StreamDataset` takes any that holds them, and `token_dtype` names the smallest. Default
            int64.

    Returns:
        The ids, (N,).

    Raises:
        DataError: the text holds a lone surrogate, which is no character, or the ids do not fit into memory.
    """
    check_memory(len(text) * dtype.itemsize, "the token ids", "train on a part of the text, or use dtype=torch.int32")
    # Filled as the pieces come: a list of them would need the memory twice.
    ids = torch.empty(len(text), dtype=dtype)
    end = 0
    for piece in id_pieces(tokenizer, text):
        if end + len(piece) > len(ids):  # A tokenizer may give more tokens than characters (bytes).
            ids = torch.cat([ids, torch.empty_like(ids), torch.empty(len(piece), dtype=dtype)])
        ids[end : end + len(piece)] = torch.from_numpy(piece)
        end += len(piece)
    return ids[:end] if end == len(ids) else ids[:end].clone()


def id_pieces(tokenizer: Any, text: str, table: CharacterTable | None = None) -> Iterator[np.ndarray]:
    """Give the ids of a text, piece by piece.

    Args:
        tokenizer: any transformers tokenizer.
        text: the text.
        table: the tokenizer's `character_table`, if it was made before.

    Raises:
        DataError: the text holds a lone surrogate.
    """
    _check_characters(text)
    table = character_table(tokenizer) if table is None else table
    yield from _tokenized(tokenizer, text) if table is None else table.encode(text)


def token_dtype(count: int) -> torch.dtype:
    """Give the smallest type that holds ids below `count`.

    Example:
        >>> token_dtype(65), token_dtype(33_000), token_dtype(100_000)
        (torch.uint8, torch.uint16, torch.int32)
    """
    return torch.uint8 if count <= 2**8 else torch.uint16 if count <= 2**16 else torch.int32


def _check_characters(text: str) -> None:
    surrogate = None if text.isascii() else re.search("[\ud800-\udfff]", text)
    if surrogate is not None:
        raise DataError(
            f"the text holds a lone surrogate (U+{ord(surrogate.group()):04X}) at character {surrogate.start()}, which "
            "is none: read the file as UTF-8, without errors='surrogateescape'"
        )


def _tokenized(tokenizer: Any, text: str) -> Iterator[np.ndarray]:
    chunks = list(_cut(text))
    for begin in range(0, len(chunks), _BATCH):
        encoded = tokenizer(
            chunks[begin : begin + _BATCH], add_special_tokens=False, return_attention_mask=False, verbose=False
        )
        for ids in encoded["input_ids"]:
            yield np.asarray(ids, dtype=np.int64)


def _cut(text: str) -> Iterator[str]:
    """Cut a text into pieces of at least `_TOKENIZER_CHUNK` characters, at `_BREAK`; one without stays whole."""
    begin = 0
    while begin < len(text):
        match = _BREAK.search(text, begin + _TOKENIZER_CHUNK)
        end = match.end() if match else len(text)
        yield text[begin:end]
        begin = end
