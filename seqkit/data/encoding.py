"""A long text becomes token ids: by a table where one character is one token, else by the tokenizer, piece by piece."""

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqkit.data.memory import check_memory
from seqkit.errors import DataError

_TABLE_CHUNK = 1 << 20  # characters; four bytes each while they are looked up
_TOKENIZER_CHUNK = 1 << 16  # characters; tokenizers take far more than linear time over one long text
_BATCH = 64  # chunks that the tokenizer works on in parallel
_CODE_POINTS = 0x110000
# Behind a newline, or before a single space (BPE tokens begin with theirs): words do not reach across either.
_BREAK = re.compile(r"(?<=\n)(?=\S)|(?<=\S)(?= \S)")


def encode_text(tokenizer: Any, text: str, dtype: torch.dtype = torch.long) -> Tensor:
    """Encode a text of any length, without special tokens around it.

    The ids are the tokenizer's own. For a tokenizer that gives each character one id (`CharTokenizer` without a
    normalizer) they are looked up in a table, some hundred times faster. Other tokenizers are given the text in
    pieces, cut behind newlines and before spaces, where word, character and BPE tokens do not reach across; tokens
    that do would be cut.

    Args:
        tokenizer: any transformers tokenizer.
        text: the text.
        dtype: of the ids; `torch.int32` halves the memory, and `StreamDataset` takes it too. Default int64.

    Returns:
        The ids, (N,).

    Raises:
        DataError: the text holds a lone surrogate, which is no character, or the ids do not fit into memory.
    """
    check_memory(len(text) * dtype.itemsize, "the token ids", "train on a part of the text, or use dtype=torch.int32")
    _check_characters(text)
    table = character_table(tokenizer)
    pieces = _looked_up(text, table) if table is not None else tokenized(tokenizer, text)
    # Filled as the pieces come: a list of them would need the memory twice.
    ids = torch.empty(len(text), dtype=dtype)
    end = 0
    for piece in pieces:
        if end + len(piece) > len(ids):  # A tokenizer may give more tokens than characters (bytes).
            ids = torch.cat([ids, torch.empty_like(ids), torch.empty(len(piece), dtype=dtype)])
        ids[end : end + len(piece)] = torch.from_numpy(piece)
        end += len(piece)
    return ids[:end] if end == len(ids) else ids[:end].clone()


def character_table(tokenizer: Any) -> np.ndarray | None:
    """Give the id of every Unicode character, (1114112,) int32, or None where characters and tokens are not one to one.

    They are if the tokenizer has a word-level model with an unknown token, splits between any two characters,
    normalizes nothing, and finds no added token in running text.

    Args:
        tokenizer: any transformers tokenizer.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return None
    made = json.loads(backend.to_str())
    model = made["model"]
    unknown = model.get("vocab", {}).get(model.get("unk_token")) if model["type"] == "WordLevel" else None
    splits = made["normalizer"] is None and _splits_every_character(made["pre_tokenizer"])
    if unknown is None or not splits or _matches_added_tokens(tokenizer, made["added_tokens"]):
        return None
    table = np.full(_CODE_POINTS, unknown, dtype=np.int32)
    for token, number in model["vocab"].items():
        if len(token) == 1:
            table[ord(token)] = number
    return table


def _splits_every_character(pre_tokenizer: dict[str, Any] | None) -> bool:
    return (
        pre_tokenizer is not None
        and pre_tokenizer["type"] == "Split"
        and pre_tokenizer["pattern"].get("Regex") in (r"[\s\S]", r"[\S\s]")
        and pre_tokenizer["behavior"] == "Isolated"
        and not pre_tokenizer["invert"]
    )


def _matches_added_tokens(tokenizer: Any, added: list[dict[str, Any]]) -> bool:
    """Tell whether a special or added token that stands in the text would become one id."""
    specials_split = bool(getattr(tokenizer, "split_special_tokens", False))
    return any(not (token["special"] and specials_split) for token in added)


def _check_characters(text: str) -> None:
    surrogate = None if text.isascii() else re.search("[\ud800-\udfff]", text)
    if surrogate is not None:
        raise DataError(
            f"the text holds a lone surrogate (U+{ord(surrogate.group()):04X}) at character {surrogate.start()}, which "
            "is none: read the file as UTF-8, without errors='surrogateescape'"
        )


def _looked_up(text: str, table: np.ndarray) -> Iterator[np.ndarray]:
    for begin in range(0, len(text), _TABLE_CHUNK):
        codes = np.frombuffer(text[begin : begin + _TABLE_CHUNK].encode("utf-32-le"), dtype=np.uint32)
        yield table[codes]


def tokenized(tokenizer: Any, text: str) -> Iterator[np.ndarray]:
    """Give the ids of a text, without special tokens around it, a piece at a time as the tokenizer makes them."""
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
