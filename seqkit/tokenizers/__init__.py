"""Tokenizers that are trained on the user's own text, in seconds, and give it back as it was."""

from seqkit.tokenizers.base import SeqkitTokenizer
from seqkit.tokenizers.char import CharTokenizer
from seqkit.tokenizers.cuts import Cut
from seqkit.tokenizers.word import WordTokenizer
from seqkit.tokenizers.word_char import WordCharTokenizer

__all__ = ["CharTokenizer", "Cut", "SeqkitTokenizer", "WordCharTokenizer", "WordTokenizer"]
