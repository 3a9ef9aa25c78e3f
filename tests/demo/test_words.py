from string import Formatter

import pytest

from seqkit.demo.words import LANGUAGES, WORDS, checked, preferred, saying, word
from seqkit.errors import DataError


def holes(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_word_is_there_in_every_language_with_the_same_holes() -> None:
    assert set(WORDS) == set(LANGUAGES)
    for key, english in WORDS["en"].items():
        assert holes(WORDS["ko"][key]) == holes(english), key
    assert WORDS["en"].keys() == WORDS["ko"].keys()


def test_korean_words_are_korean() -> None:
    assert all(any("가" <= letter <= "힣" for letter in text) for text in WORDS["ko"].values())


def test_a_language_nobody_offers_is_read_as_english() -> None:
    assert word("fr", "write") == "Write"
    assert preferred("fr-FR,fr") == preferred("") == "en"


def test_properties_are_words_or_made_for_the_language() -> None:
    assert saying("ko", {"label": "unit", "value": lambda code: code * 2}) == {
        "label": word("ko", "unit"),
        "value": "koko",
    }


@pytest.mark.parametrize("text", [None, "", " \n\t"])
def test_an_empty_text_is_refused_in_the_language_of_the_page(text: str | None) -> None:
    with pytest.raises(DataError, match="먼저 글을 써 주세요"):
        checked(text, "ko", 10, "seqkit")
    with pytest.raises(DataError, match="Write something first"):
        checked(text, "en", 10, "seqkit")


def test_a_long_text_is_refused_with_its_length_the_limit_and_the_way_out() -> None:
    assert checked("x" * 1000, "en", 1000, "") == "x" * 1000
    with pytest.raises(DataError, match=r"1,001 characters.*1,000 at most.*seqkit predict") as error:
        checked("x" * 1001, "en", 1000, "seqkit predict MODEL")
    assert "xxx" not in str(error.value)
