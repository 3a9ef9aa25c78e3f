import unicodedata

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqkit.errors import TokenizerError
from seqkit.tokenizers.spelling import MARKS, UNKNOWN, Speller, padded, shortened

WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)


@given(WORDS, st.integers(1, 8))
def test_a_long_word_keeps_its_head_and_its_tail(word: str, longest: int) -> None:
    found = shortened(word, longest)
    assert len(found) == min(len(word), longest)
    head = (len(found) + 1) // 2 if len(word) > longest else len(found)
    assert word.startswith(found[:head])
    assert word.endswith(found[head:])


@given(WORDS, st.sampled_from([None, "NFC", "NFD"]))
def test_characters_are_those_of_the_normal_form(word: str, form: str | None) -> None:
    speller = Speller("".join(sorted(set(unicodedata.normalize("NFD", word) + word))), form, 100)  # type: ignore[arg-type]
    expected = word if form is None else unicodedata.normalize(form, word)
    assert speller.written(word) == expected
    known = {character: index for index, character in enumerate(speller.alphabet, start=MARKS)}
    assert speller.spell(word) == [known.get(character, UNKNOWN) for character in expected]


def test_hangul_is_taken_apart_into_jamo() -> None:
    assert list(Speller("", "NFD").written("한글")) == list(unicodedata.normalize("NFD", "한글"))
    assert len(Speller("", "NFD").written("한글")) == 6
    assert len(Speller("", "NFD", longest=4).written("한글날에")) == 4


def test_a_word_of_any_length_is_short() -> None:
    assert len(Speller("", "NFD").spell("가" * 100_000)) == 64


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("aba",), "'a' twice"),
        (("a\ud800",), "lone surrogate"),
        (("a", "NFKC"), "character_form is 'NFKC'"),
        (("a", None, 0), "max_word_length is 0"),
        (("a", None, True), "max_word_length is True"),
        (("a", None, "9"), "max_word_length is '9'"),
    ],
)
def test_what_makes_no_speller_is_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(TokenizerError, match=message):
        Speller(*arguments)


@given(
    st.lists(st.lists(st.lists(st.integers(1, 9), max_size=4), max_size=3), max_size=3),
    st.sampled_from(["right", "left"]),
)
def test_rows_are_padded_word_by_word(rows: list[list[list[int]]], side: str) -> None:
    found = padded(rows, 3, side)
    width = max([len(word) for row in rows for word in row] + [1])
    assert found.shape == (len(rows), 3, width)
    for row, array in zip(rows, found, strict=True):
        spelled = [word + [0] * (width - len(word)) for word in row]
        empty = [[0] * width] * (3 - len(row))
        assert array.tolist() == (empty + spelled if side == "left" else spelled + empty)


def test_words_may_be_arrays_and_tensors() -> None:
    expected = [[[4, 5], [6, 0]]]
    assert padded([[np.array([4, 5]), torch.tensor([6])]], 2).tolist() == expected
    assert padded(torch.tensor(expected), 2).tolist() == expected
