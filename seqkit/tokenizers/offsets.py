"""Offsets that cover composed characters: a repair of what the `tokenizers` library reports under NFC."""

import unicodedata
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer
from tokenizers.normalizers import NFC, Sequence

if TYPE_CHECKING:
    from transformers.tokenization_utils_base import BatchEncoding

Span = tuple[int, int]


def composes(backend: Tokenizer) -> bool:
    """Tell whether a tokenizer brings texts to NFC."""
    normalizer = backend.normalizer
    steps: Any = normalizer if isinstance(normalizer, Sequence) else [normalizer]
    return any(isinstance(step, NFC) for step in steps)


def widen(span: Span, text: str) -> Span:
    """Let a token's offsets take in the characters that were composed into its last one.

    Under NFC the library reports only the first of them: of the three jamo of 한, two would belong to no token.

    Args:
        span: start and end of the token, in characters of `text`.
        text: the text as it was given.

    Example:
        >>> widen((0, 1), "e\u0301t")
        (0, 2)
    """
    start, end = span
    size = len(unicodedata.normalize("NFC", text[start:end]))
    while end < len(text) and len(unicodedata.normalize("NFC", text[start : end + 1])) == size:
        end += 1
    return start, end


def widen_all(encoded: "BatchEncoding", texts: list[Any], pairs: list[Any] | None) -> list[list[Span]]:
    """Widen the offsets of a batch.

    Args:
        encoded: the result of a batched call that asked for offsets, with lists in it, not tensors.
        texts: one text, or one list of words, a row.
        pairs: the second texts, where there are any.

    Returns:
        The offsets, row by row; those of special tokens and padding are left as they are.
    """
    rows: list[list[Span]] = encoded["offset_mapping"]
    samples = encoded.get("overflow_to_sample_mapping") or range(len(rows))
    widened = []
    for index, (row, sample) in enumerate(zip(rows, samples, strict=True)):
        places = zip(encoded.sequence_ids(index), encoded.word_ids(index), row, strict=True)
        sources = (texts[sample], None if pairs is None else pairs[sample])
        widened.append([_widen_token(span, sources, *place) for *place, span in places])
    return widened


def _widen_token(span: Span, sources: tuple[Any, Any], sequence: int | None, word: int | None) -> Span:
    if sequence is None or span[0] == span[1]:
        return span
    source = sources[sequence]
    return widen(span, source if isinstance(source, str) else source[word])
