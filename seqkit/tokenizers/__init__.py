"""Tokenizers that are trained on the user's own text, in seconds, and give it back as it was.

Names are resolved when they are first used: the parts that need no transformers can be imported without it.
"""

from typing import TYPE_CHECKING

from seqkit.lazy import lazy

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

__getattr__, __dir__ = lazy(__name__, _HOME)
