"""A tokenizer whose tokens are smaller than characters: letters and their accents, put together when they are read."""

import unicodedata
from typing import Any

from seqkit.tokenizers import CharTokenizer


class AccentTokenizer(CharTokenizer):
    """Reads texts in Unicode's normal form D, and writes them in C; the five vowels are always known."""

    alphabet = tuple("aeiou")

    def spell(self, text: str) -> str:
        return unicodedata.normalize("NFD", text)

    def unsettled(self, ids: list[int]) -> int:
        """Hold back the last letter and its accents: one more may follow."""
        tokens = self.convert_ids_to_tokens(ids)
        accents = next((n for n, token in enumerate(reversed(tokens)) if not unicodedata.combining(token)), len(ids))
        return min(len(ids), accents + 1)

    def _decode(self, *args: Any, **kwargs: Any) -> str:
        return unicodedata.normalize("NFC", super()._decode(*args, **kwargs))
