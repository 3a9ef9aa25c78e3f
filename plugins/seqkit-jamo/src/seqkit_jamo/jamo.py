"""JamoTokenizer: Korean by its letters, so that no syllable is ever unknown, and the text comes back byte for byte."""

from typing import Any, ClassVar

from seqkit.tokenizers import SeqkitTokenizer
from seqkit.tokenizers.cuts import Cut
from seqkit_jamo import hangul
from seqkit_jamo.cut import CUT


class JamoTokenizer(SeqkitTokenizer):
    r"""A tokenizer whose tokens are jamo, the letters of Hangul syllables, and all other characters.

        S = AC00 + (l · 21 + v) · 28 + t

    A syllable S is two or three tokens: one of 19 initials l, one of 21 medials v and, where t is not 0, one of 27
    finals. These 67 are in every vocabulary, so each of the 11,172 syllables is known, whatever the training texts
    held. All jamo of a syllable have the offsets of that one character. Every other character is a token, as with
    `CharTokenizer`; a jamo that stands in a text by itself, as in decomposed text, is a token of its own too, marked
    with ␛, and comes back decomposed.

    Source:
        The Unicode Standard, section 3.12, "Conjoining Jamo Behavior".

    Example:
        >>> tokenizer = JamoTokenizer.train("한글 ㅋㅋ")
        >>> ids = tokenizer.encode("학교 ㅋ")
        >>> len(ids), tokenizer.decode(ids)
        (7, '학교 ㅋ')
    """

    splits: ClassVar[dict[str, Cut]] = {"jamo": CUT}
    alphabet = hangul.JAMO

    @classmethod
    def arrange(cls, tokens: list[str]) -> list[str]:
        """Put the jamo first, then the characters in the order of their code points."""
        return [*cls.alphabet, *sorted(set(tokens).difference(cls.alphabet))]

    def spell(self, text: str) -> str:
        """Write a text as its tokens spell it: syllables as jamo."""
        return hangul.spell(text)

    def unsettled(self, ids: list[int]) -> int:
        """Return how many of the last tokens may still become another syllable: 0 to 2.

        An initial waits for its medial, and both for a final; with the next initial, or any other token, they are done.
        """
        last = self.convert_ids_to_tokens(ids[-2:])
        if last and last[-1] in hangul.INITIALS:
            return 1
        return 2 if len(last) == 2 and last[0] in hangul.INITIALS and last[1] in hangul.MEDIALS else 0

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Put tokens together into a text; a jamo that is no part of a syllable becomes a letter by itself."""
        return hangul.read(super().convert_tokens_to_string(tokens))

    def _decode(self, *args: Any, **kwargs: Any) -> str:
        return hangul.read(super()._decode(*args, **kwargs))
