import pytest

from seqkit.demo.tags import COLOURS, WORD, colours, mark, tag
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


def brightness(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colour", COLOURS)
def test_white_letters_can_be_read_on_every_colour(colour: str) -> None:
    assert 1.05 / (brightness(colour) + 0.05) >= 4.5


def test_many_tags_share_colours_and_few_do_not() -> None:
    assert len(set(colours(map(str, range(len(COLOURS)))).values())) == len(COLOURS)
    assert len(colours(map(str, range(40)))) == 40
