"""The arithmetic of Hangul (The Unicode Standard, section 3.12), and a spelling of texts that can always be undone.

A syllable S of the block U+AC00 to U+D7A3 is an initial l, a medial v and a final t, where t = 0 is none:

    S = AC00 + (l · 21 + v) · 28 + t
    l = ⌊(S - AC00) / 588⌋    v = ⌊(S - AC00) mod 588 / 28⌋    t = (S - AC00) mod 28
"""

import re
import unicodedata

SYLLABLE, INITIAL, MEDIAL, FINAL = 0xAC00, 0x1100, 0x1161, 0x11A7  # first of each block; FINAL stands for no final
INITIALS = tuple(map(chr, range(INITIAL, INITIAL + 19)))
MEDIALS = tuple(map(chr, range(MEDIAL, MEDIAL + 21)))
FINALS = tuple(map(chr, range(FINAL + 1, FINAL + 28)))
JAMO = (*INITIALS, *MEDIALS, *FINALS)
"""The 67 letters of today's syllables, each at its place: the initial ㄱ and the final ㄱ are two."""

ESCAPE = "␛"
"""Stands before a jamo that is a character of the text, and not a part of a syllable."""


def decompose(syllable: str) -> str:
    """Take a syllable apart into two or three jamo.

    Args:
        syllable: a character of U+AC00 to U+D7A3.

    Example:
        >>> [f"{ord(jamo):04X}" for jamo in decompose("한")]
        ['1112', '1161', '11AB']
    """
    index = ord(syllable) - SYLLABLE
    initial, medial, final = index // 588, index % 588 // 28, index % 28
    return chr(INITIAL + initial) + chr(MEDIAL + medial) + (chr(FINAL + final) if final else "")


def compose(initial: str, medial: str, final: str = chr(FINAL)) -> str:
    """Put two or three jamo together into a syllable.

    Args:
        initial: one of `INITIALS`.
        medial: one of `MEDIALS`.
        final: one of `FINALS`; by default none.

    Example:
        >>> compose(*decompose("한")), compose(*decompose("하"))
        ('한', '하')
    """
    return chr(SYLLABLE + ((ord(initial) - INITIAL) * 21 + ord(medial) - MEDIAL) * 28 + ord(final) - FINAL)


def letter(jamo: str) -> str:
    """Return a jamo as a letter by itself, as a keyboard types it: the initial and the final ㄱ alike are U+3131."""
    return unicodedata.lookup(f"HANGUL LETTER {unicodedata.name(jamo).split(' ', 2)[2]}")


SPELLING = {
    **{syllable: decompose(syllable) for syllable in map(chr, range(SYLLABLE, SYLLABLE + 19 * 21 * 28))},
    **{character: ESCAPE + character for character in (*JAMO, ESCAPE)},
}
"""How a character is spelled, where not as itself. No two texts are spelled alike."""

_CODES = str.maketrans(SPELLING)
_SPELLED = re.compile(
    f"{ESCAPE}[\\s\\S]|[{INITIALS[0]}-{INITIALS[-1]}][{MEDIALS[0]}-{MEDIALS[-1]}][{FINALS[0]}-{FINALS[-1]}]?"
    f"|[{''.join(JAMO)}]"
)
_READ = {**{spelled: character for character, spelled in SPELLING.items()}, **{jamo: letter(jamo) for jamo in JAMO}}


def spell(text: str) -> str:
    """Write syllables as jamo, and mark the jamo that stand in a text already.

    Example:
        >>> spell("ㅋ 하") == "ㅋ \u1112\u1161"
        True
    """
    return text.translate(_CODES)


def read(spelled: str) -> str:
    """Undo `spell`; a jamo that is no part of a syllable, which only a model writes, is read as a letter by itself.

    Example:
        >>> read(spell("한글 \u1112\u1161")), read("\u1112")
        ('한글 \u1112\u1161', 'ㅎ')
    """
    return _SPELLED.sub(lambda found: _READ.get(found[0], found[0]), spelled)
