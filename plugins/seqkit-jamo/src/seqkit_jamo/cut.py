"""How a Korean text is cut into jamo, as parts of the `tokenizers` library: a tokenizer.json needs nothing else."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from tokenizers import Regex, normalizers

from seqkit.tokenizers.cuts import Cut
from seqkit_jamo.charsmap import compiled
from seqkit_jamo.hangul import ESCAPE, FINALS, INITIALS, MEDIALS, SPELLING

_TOKEN = re.compile(rf"{ESCAPE}[\s\S]|[\s\S]")

# The library's `Precompiled` looks up what a reader sees as one character. If that is at most five bytes, it takes the
# mark behind a syllable of three bytes for a part of the syllable, and loses it. So a space of no width, which stands
# alone in any case, goes between the two and is taken out again; of those that stand there already, one more goes in.
_GUARD = "\u200b"
_REPLACED = f"[가-힣{INITIALS[0]}-{INITIALS[-1]}{MEDIALS[0]}-{MEDIALS[-1]}{FINALS[0]}-{FINALS[-1]}{ESCAPE}]"
_BEFORE_TWO_BYTES = f"(?={_GUARD}*[\u0080-\u07ff])"


@cache
def _charsmap() -> bytes:
    return compiled(SPELLING)


class JamoCut(Cut):
    """Characters as tokens, Hangul syllables as the two or three jamo that they are composed of.

    Example:
        >>> cut = JamoCut(pattern=_TOKEN.pattern, exact=True)
        >>> normalizer = cut.normalizer([], lowercase=False, nfc=False)
        >>> [len(piece) for piece in cut.pieces(normalizer.normalize_str("한 \u1112"))]
        [1, 1, 1, 1, 2]
    """

    def normalizer(self, names: Sequence[str], *, lowercase: bool, nfc: bool) -> normalizers.Normalizer:
        """Give the library's object that spells a text in jamo, composed or lowered before that if asked."""
        first = super().normalizer(names, lowercase=lowercase, nfc=nfc)
        steps = [
            normalizers.Replace(Regex(f"(?<={_REPLACED}){_BEFORE_TWO_BYTES}"), _GUARD),
            normalizers.Precompiled(_charsmap()),
            normalizers.Replace(Regex(f"(?<={_REPLACED}){_GUARD}{_BEFORE_TWO_BYTES}"), ""),
        ]
        return normalizers.Sequence([*(first or ()), *steps])

    def pieces(self, text: str) -> Iterable[str]:
        """Cut one text that is spelled in jamo; gives its tokens in order."""
        return _TOKEN.findall(text)


CUT = JamoCut(pattern=_TOKEN.pattern, exact=True)
"""Jamo and all other characters are tokens."""
