"""Token ids by looking characters up, where a tokenizer gives each character one id."""

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

import numpy as np

from seqkit.tokenizers.corpus import blocks

_PLAIN = 1 << 20  # characters looked up at once; four bytes each meanwhile
_CODE_POINTS = 0x110000
_UNASKED, _UNCLEAR = -2, -1  # entries of the table for normalised text that are no ids


class CharacterTable:
    """Gives the ids of a text by looking its characters up, exactly as its tokenizer does.

    A normalizer that turns letters into small ones is asked once for each character that occurs. One that composes
    characters (Unicode's form C) leaves most texts as they are: where Python sees that a block is composed already,
    it is looked up; any other block goes through the normalizer itself.

    Args:
        ids: the id of every Unicode character, (1114112,) int32.
        normalizer: the `tokenizers` library's object, or None.
        composes: whether it composes characters.
    """

    def __init__(self, ids: np.ndarray, normalizer: Any = None, composes: bool = False) -> None:
        self.raw, self.normalizer, self.composes = ids, normalizer, composes
        self.table = ids if normalizer is None else np.full(_CODE_POINTS, _UNASKED, dtype=np.int32)

    @property
    def one_to_one(self) -> bool:
        """Whether each character of a text has one id: a normalizer may make more or fewer of them."""
        return self.normalizer is None

    def encode(self, text: str) -> Iterator[np.ndarray]:
        """Give the ids of a text, piece by piece.

        Args:
            text: of any length, without lone surrogates.
        """
        # Composed characters reach over no blank, and small letters depend on nothing around them.
        cut = blocks(text) if self.composes else (text[i : i + _PLAIN] for i in range(0, len(text), _PLAIN))
        for block in cut:
            yield self._look_up(block)

    def _look_up(self, block: str) -> np.ndarray:
        if self.composes and not unicodedata.is_normalized("NFC", block):
            return self._normalized(block)
        codes = _codes(block)
        ids = self.table[codes]
        if self.normalizer is None or ids.min() >= 0:
            return ids
        self._learn(np.unique(codes[ids == _UNASKED]))
        ids = self.table[codes]
        return ids if ids.min() >= 0 else self._normalized(block)

    def _learn(self, codes: np.ndarray) -> None:
        """Ask the normalizer what it makes of characters that have not occurred before."""
        for code in codes.tolist():
            normal = self.normalizer.normalize_str(chr(code))
            # The library may know a newer Unicode than Python, and compose what Python knows nothing of.
            clear = len(normal) == 1 and not (self.composes and unicodedata.category(chr(code)) == "Cn")
            self.table[code] = self.raw[ord(normal)] if clear else _UNCLEAR

    def _normalized(self, block: str) -> np.ndarray:
        return self.raw[_codes(self.normalizer.normalize_str(block))]


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def character_table(tokenizer: Any) -> CharacterTable | None:
    """Give the table of a tokenizer, or None where characters and tokens are not one to one.

    They are if the tokenizer has a word-level model with an unknown token, splits between any two characters, finds no
    added token in running text, and normalizes nothing but case and composition (as `CharTokenizer` does).

    Args:
        tokenizer: any transformers tokenizer.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return None
    made = json.loads(backend.to_str())
    model = made["model"]
    unknown = model.get("vocab", {}).get(model.get("unk_token")) if model["type"] == "WordLevel" else None
    steps = _steps(made["normalizer"])
    if unknown is None or steps is None or not _splits_every_character(made["pre_tokenizer"]):
        return None
    if _matches_added_tokens(tokenizer, made["added_tokens"]):
        return None
    ids = np.full(_CODE_POINTS, unknown, dtype=np.int32)
    for token, number in model["vocab"].items():
        if len(token) == 1:
            ids[ord(token)] = number
    return CharacterTable(ids, backend.normalizer, "NFC" in steps)


def _steps(normalizer: dict[str, Any] | None) -> list[str] | None:
    """Name the steps of a normalizer, or None if it is none that the table can follow."""
    parts = [] if normalizer is None else normalizer.get("normalizers", [normalizer])
    steps = [part["type"] for part in parts]
    # In the other order, what has become small might have to be composed.
    return steps if steps in ([], ["NFC"], ["Lowercase"], ["NFC", "Lowercase"]) else None


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
