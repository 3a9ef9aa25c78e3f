"""Characters as tokens: small vocabulary, no unknown spelling, and the text comes back byte for byte."""

from seqkit.tokenizers.base import SeqkitTokenizer
from seqkit.tokenizers.cuts import CHARACTERS


class CharTokenizer(SeqkitTokenizer):
    r"""A tokenizer whose tokens are characters (Unicode code points).

    Every character of the training texts has an id; `decode` gives the text back exactly: tabs, line ends, Hangul
    syllables and jamo, emoji sequences, combining marks. Nothing is normalised unless `nfc` or `lowercase` asks for it.
    Ids follow the code points, not the frequencies: the vocabulary reads like an alphabet, and texts with the same
    characters give the same ids.

    Example:
        >>> tokenizer = CharTokenizer.train("hello\t세계")
        >>> tokenizer("hello")["input_ids"]
        [6, 5, 7, 7, 8]
        >>> tokenizer.decode(tokenizer.encode("ho\t세"))
        'ho\t세'
    """

    splits = {"characters": CHARACTERS}

    @classmethod
    def arrange(cls, tokens: list[str]) -> list[str]:
        """Put the characters in the order of their code points."""
        return sorted(tokens)
