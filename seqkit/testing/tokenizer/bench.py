"""What the checks of a tokenizer stand on: a small corpus in several scripts, and a tokenizer trained on it."""

import unicodedata
from dataclasses import dataclass, field
from typing import Any

PLAIN = ["the cat sat on the mat.", "the dog,  and\tthe cat!\n", " a cat "]
"""Running text in ASCII, with blanks of all kinds, at the ends too."""

UNICODE = [
    "한국어 문장은 띄어쓰기가 있다.",
    unicodedata.normalize("NFD", "한글 자모"),
    "ㅋㅋㅋ 좋아요 👩‍👩‍👧‍👦 ❤️",
    "naïve cafe\u0301 Ωμέγα 日本語 𝔘𝔫𝔦",
    "العربية हिन्दी ไทย",
]
"""Hangul composed and as jamo, emoji sequences, combining marks, other scripts, characters beyond U+FFFF."""

TEXTS = [*PLAIN, *UNICODE]

WORDS = ["the", "cat", "한국어", "sat"]
"""A text that is split into words already."""

NEVER = "\ue000"
"""A character for private use, which stands in no text."""


@dataclass(frozen=True)
class TokenizerBench:
    """A tokenizer class with its options, from which each check trains what it needs.

    Args:
        kind: the class; its `train(texts, **options)` gives a tokenizer.
        options: options of `train`.
    """

    kind: Any
    options: dict[str, Any] = field(default_factory=dict)

    def make(self, **options: Any) -> Any:
        """Train a tokenizer on the corpus, whose words are also given one by one."""
        words = [*WORDS, *(word for text in TEXTS for word in text.split())]
        return self.kind.train([*TEXTS, *words], **{**self.options, **options})

    @property
    def promises(self) -> bool:
        """Whether texts shall come back as they were: it cuts exactly, and neither composes nor lowers letters."""
        cuts = getattr(self.kind, "splits", {})
        name = self.options.get("split") or next(iter(cuts), None)
        changes = self.options.get("lowercase") or self.options.get("nfc")
        return bool(getattr(cuts.get(name), "exact", False) and not changes)


def ids(tokenizer: Any, text: str) -> list[int]:
    """Encode a text without the special tokens around it."""
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def in_words(tokenizer: Any, words: list[str], **how: Any) -> list[int]:
    """Encode a text that is split into words already, without the special tokens around it."""
    return list(tokenizer(words, is_split_into_words=True, add_special_tokens=False, **how)["input_ids"])


def bare(text: str) -> str:
    """Return what two texts must share to say the same: composed small letters without blanks."""
    return "".join(unicodedata.normalize("NFC", text).lower().split())
