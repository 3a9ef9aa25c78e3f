"""Tokenizers that are trained on the user's own text, in seconds, and give it back as it was.

Names are resolved when they are first used: the parts that need no transformers can be imported without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqkit.tokenizers.base import SeqkitTokenizer
    from seqkit.tokenizers.char import CharTokenizer
    from seqkit.tokenizers.cuts import Cut
    from seqkit.tokenizers.word import WordTokenizer
    from seqkit.tokenizers.word_char import WordCharTokenizer

_HOME = {
    "CharTokenizer": "char",
    "Cut": "cuts",
    "SeqkitTokenizer": "base",
    "WordCharTokenizer": "word_char",
    "WordTokenizer": "word",
}

__all__ = ["CharTokenizer", "Cut", "SeqkitTokenizer", "WordCharTokenizer", "WordTokenizer"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
