"""A long text to token ids, fast where a tokenizer maps each character to one id."""

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from seqkit.tokenizers.char import CharTokenizer

CHUNK = 1_000_000
"""Characters that a tokenizer of another kind is given at once: its memory grows with the text."""


def encode_text(tokenizer: PreTrainedTokenizerBase, text: str) -> Tensor:
    """Turn a text into token ids, without special tokens.

    A character tokenizer that normalises nothing is a table from code points to ids, looked up in one go; the ids are
    those that the tokenizer itself gives.

    Args:
        tokenizer: any tokenizer.
        text: the text.

    Returns:
        The ids (N,).
    """
    if isinstance(tokenizer, CharTokenizer) and tokenizer.backend_tokenizer.normalizer is None:
        return _look_up(tokenizer, text)
    lines = text.splitlines(keepends=True)
    pieces, piece, size = [], [], 0
    for line in [*lines, None]:
        if line is None or size > CHUNK:
            pieces += tokenizer("".join(piece), add_special_tokens=False)["input_ids"]
            piece, size = [], 0
        if line is not None:
            piece.append(line)
            size += len(line)
    return torch.tensor(pieces, dtype=torch.long)


def _look_up(tokenizer: CharTokenizer, text: str) -> Tensor:
    """Look every code point up in a table."""
    code_points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    vocabulary = {ord(token): index for token, index in tokenizer.get_vocab().items() if len(token) == 1}
    table = np.full(max(vocabulary, default=0) + 2, tokenizer.unk_token_id, dtype=np.int64)
    table[list(vocabulary)] = list(vocabulary.values())
    # Code points beyond the table share its last entry, which no vocabulary reaches.
    return torch.from_numpy(table[np.minimum(code_points, len(table) - 1)])
