import pytest

from seqkit.demo.tags import WORD, mark, tag
from seqkit.errors import DataError
from seqkit.inference import Labeller
from tests.demo.models import WORDS, tagger


@pytest.mark.parametrize("names", [None, {0: "NOUN", 1: "VERB", 2: "X"}])
def test_the_pieces_are_the_text_and_words_have_the_labellers_tags(names: dict[int, str] | None) -> None:
    labeller = Labeller(tagger(**({"id2label": names} if names else {})), WORDS)
    text = "  Mr Kim sings,\n서울에서 (a song). "
    pieces = tag(labeller, text, "en")
    assert "".join(piece for piece, _ in pieces) == text
    if names:
        words = [piece for piece, label in pieces if label]
        assert words == ["Mr", "Kim", "sings", ",", "서울에서", "(", "a", "song", ")", "."]
        assert [label for _, label in pieces if label] == labeller.answer([words])[0]["labels"]
    else:
        assert {label for _, label in pieces} <= {None, "PER"}


def test_spans_are_whole_and_neighbours_stay_apart() -> None:
    places = [found.span() for found in WORD.finditer("Kim Lee in Seoul")]
    marked = mark("Kim Lee in Seoul", places, ["B-PER", "B-PER", "O", "B-LOC"], True)
    assert marked == [("Kim", "PER"), (" ", None), ("Lee", "PER"), (" in ", None), ("Seoul", "LOC")]


def test_words_keep_what_binds_them() -> None:
    assert WORD.findall("Don't pay 3.14 to well-known U.S. folk!") == [
        "Don't", "pay", "3.14", "to", "well-known", "U.S", ".", "folk", "!",
    ]  # fmt: skip


def test_a_bad_text_is_told() -> None:
    with pytest.raises(DataError, match="no text"):
        tag(Labeller(tagger(), WORDS), "\n", "en")
    with pytest.raises(DataError, match="20,000 at most"):
        tag(Labeller(tagger(), WORDS), "a " * 10_001, "en")
