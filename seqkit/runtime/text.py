"""From texts, or words, to rows of ids, as the model's tokenizer gives them, without transformers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from seqkit.errors import CheckpointError, DataError, TokenizerError
from seqkit.reading import parse_object
from seqkit.runtime.description import TOKENIZER, Description
from seqkit.runtime.graph import Arrays
from seqkit.runtime.words import Word
from seqkit.tokenizers import hostile
from seqkit.tokenizers.cuts import CHARACTERS, WHITESPACE, WHOLE, WORDS
from seqkit.tokenizers.offsets import composes
from seqkit.tokenizers.spelling import BEGIN, END, Speller, surfaces

CUTS = (CHARACTERS, WORDS, WHITESPACE, WHOLE)
"""How seqkit's own tokenizers cut a text; only theirs are exported."""

Text = str | Sequence[str]


@dataclass(frozen=True)
class Row:
    """One text as a model reads it.

    Args:
        ids: its token ids.
        word_ids: the word that each token belongs to; None for special tokens.
        spelled: the character ids of each token, for a model that reads them.
    """

    ids: list[int]
    word_ids: list[int | None]
    spelled: list[Word] = field(default_factory=list)


class Encoder:
    """A tokenizer.

    Args:
        data: the bytes of `tokenizer.json`.
        description: what the folder says of it.

    Raises:
        CheckpointError: if they are no tokenizer.
    """

    def __init__(self, data: bytes, description: Description) -> None:
        hostile.check(parse_object(data, TOKENIZER), CUTS, TOKENIZER, CheckpointError)
        try:
            self.backend: Any = Tokenizer.from_str(data.decode("utf-8"))
            largest = max([*self.backend.encode("").ids, self.backend.get_vocab_size() - 1])
        except Exception as error:  # the library raises plain Exceptions
            raise CheckpointError(f"{TOKENIZER} cannot be read: {error}. Export the model again.") from error
        if largest >= (description.vocab_size or 0):
            raise CheckpointError(
                f"{TOKENIZER} gives the id {largest}; the model has {description.vocab_size} tokens. Export it again."
            )
        # "<s>" written in a text is three characters of text, never a control token.
        self.backend.encode_special_tokens = True
        self.backend.no_padding()
        self.backend.no_truncation()
        self.description = description
        self.composed = composes(self.backend)
        self.marks: dict[int | None, list[int]] = {description.bos_token_id: [BEGIN]}
        self.marks |= {token: [END] for token in description.eos_token_ids}
        self.spell = lru_cache(1 << 16)(_speller(description)) if description.spelling else None

    def rows(self, texts: Sequence[Text], special_tokens: bool = True) -> list[Row]:
        """Encode texts, or lists of words.

        Raises:
            DataError: if one is neither, or holds what is no character.
        """
        try:
            words = bool(texts) and not isinstance(texts[0], str)
            found = self.backend.encode_batch(list(texts), words, special_tokens)
        except (TypeError, ValueError) as error:
            raise DataError(f"expected texts, or lists of words, of real characters: {error}") from error
        return [self._row(encoding, text) for encoding, text in zip(found, texts, strict=True)]

    def _row(self, encoding: Any, text: Text) -> Row:
        if self.spell is None:
            return Row(encoding.ids, encoding.word_ids)
        found = surfaces(encoding, [text], self.marks, self.composed)
        spelled = [self.spell(word) if isinstance(word, str) else tuple(word) for word in found]
        return Row(encoding.ids, encoding.word_ids, spelled)

    def decode(self, ids: Sequence[int]) -> str:
        """Put tokens together; special ones are left out."""
        return self.backend.decode(list(ids), skip_special_tokens=True)

    def batch(self, rows: Sequence[Row]) -> Arrays:
        """Put rows together: ids and mask (B, T); T is 1 at least."""
        length = max(1, *(len(row.ids) for row in rows))
        ids = np.full((len(rows), length), self.description.pad_token_id or 0, np.int64)
        mask = np.zeros_like(ids)
        for index, row in enumerate(rows):
            begin = length - len(row.ids) if self.description.padding_side == "left" else 0
            ids[index, begin : begin + len(row.ids)] = row.ids
            mask[index, begin : begin + len(row.ids)] = 1
        return {"input_ids": ids, "attention_mask": mask}


def _speller(description: Description) -> Callable[[str], Word]:
    try:
        speller = Speller(**description.spelling or {})
        return lambda word: tuple(speller.spell(word))
    except (TypeError, TokenizerError) as error:
        raise CheckpointError(f"the spelling of words is damaged: {error}. Export the model again.") from error
