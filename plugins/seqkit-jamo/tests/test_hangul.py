"""The arithmetic against Python's own normalisation, and a spelling that no two texts share."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from seqkit_jamo.hangul import ESCAPE, JAMO, SPELLING, compose, decompose, letter, read, spell

SYLLABLES = [chr(code) for code in range(0xAC00, 0xD7A4)]
NEAR = st.text(st.sampled_from([*JAMO[::5], ESCAPE, "가", "각", "힣", "ㄱ", "a", "\n"]), max_size=8)
ANY = st.text(st.characters(exclude_categories=["Cs"]))


def test_every_syllable_is_taken_apart_as_unicode_says_and_put_together_again() -> None:
    for syllable in SYLLABLES:
        assert decompose(syllable) == unicodedata.normalize("NFD", syllable)
        assert compose(*decompose(syllable)) == syllable


def test_a_letter_by_itself_is_what_a_keyboard_types() -> None:
    assert "".join(map(letter, "\u1100\u1161\u11a8\u1112\u11ab\u11b9")) == "ㄱㅏㄱㅎㄴㅄ"
    assert all(0x3131 <= ord(letter(jamo)) <= 0x3163 for jamo in JAMO)
    assert len(JAMO) == len(set(JAMO)) == 67


@given(NEAR | ANY)
def test_every_text_comes_back_from_its_spelling(text: str) -> None:
    assert read(spell(text)) == text


@given(NEAR, NEAR)
def test_the_spelling_of_two_texts_is_that_of_each(first: str, second: str) -> None:
    assert spell(first + second) == spell(first) + spell(second)
    assert (spell(first) == spell(second)) == (first == second)


def test_what_is_composed_and_what_is_not_are_spelled_apart() -> None:
    composed, decomposed = "한", unicodedata.normalize("NFD", "한")
    assert spell(composed) == decomposed
    assert spell(decomposed) == "".join(ESCAPE + jamo for jamo in decomposed)
    assert read(spell(decomposed)) == decomposed != composed


def test_a_jamo_that_found_no_syllable_is_read_as_a_letter() -> None:
    initial, medial, final = decompose("한")
    assert read(initial) == "ㅎ"
    assert read(initial + initial + medial) == "ㅎ하"
    assert read(medial + final + " " + final) == "ㅏㄴ ㄴ"


def test_only_syllables_and_jamo_of_today_are_spelled_otherwise() -> None:
    assert len(SPELLING) == 11_172 + 67 + 1
    others = "ㅋㅠ\u115f\u1160\u1113\u1176\u11c3\ua960\ud7b0ￚéA "
    assert spell(others) == others
