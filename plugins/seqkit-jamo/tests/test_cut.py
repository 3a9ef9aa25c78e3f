"""The library's own parts spell a text as Python does, whatever marks stand behind a syllable."""

from hypothesis import example, given
from hypothesis import strategies as st

from seqkit_jamo.cut import CUT
from seqkit_jamo.hangul import ESCAPE, JAMO, spell

NORMALIZER = CUT.normalizer([], lowercase=False, nfc=False)
# Two bytes of UTF-8: combining marks of Latin, Hebrew, Arabic and Syriac; and what joins or parts characters.
MARKS = ["\u0301", "\u0327", "\u05b0", "\u064b", "\u0730", "\u0600", "\u200b", "\u200d", "\ufe0f", "\u302e", "👍", "🏽"]
NEAR = st.text(
    st.sampled_from(["가", "각", "힣", JAMO[0], JAMO[20], JAMO[50], ESCAPE, "é", "\r", "\n", *MARKS]), max_size=9
)
ANY = st.text(st.characters(exclude_categories=["Cs"]))


@given(NEAR | ANY)
@example("가\u0301")
@example("가\u200b\u0301\u200b")
@example("\u1112\u0301")
@example(f"{ESCAPE}\u0301")
def test_the_library_spells_as_python_does(text: str) -> None:
    assert NORMALIZER.normalize_str(text) == spell(text)


def test_every_character_of_unicode_is_spelled_the_same() -> None:
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    for start in range(0, len(characters), 4096):
        text = "".join(characters[start : start + 4096])
        assert NORMALIZER.normalize_str(text) == spell(text)


@given(NEAR | ANY)
def test_the_pieces_are_the_librarys_own(text: str) -> None:
    pieces = list(CUT.pieces(spell(text)))
    assert pieces == [piece for piece, _ in CUT.pre_tokenizer().pre_tokenize_str(spell(text))]
    assert len(pieces) == len(text) + sum(len(spell(c)) - 1 for c in text if "가" <= c <= "힣")


def test_composing_and_lowering_come_first() -> None:
    normalizer = CUT.normalizer([], lowercase=True, nfc=True)
    assert normalizer.normalize_str("\u1112\u1161É") == spell("하é")
