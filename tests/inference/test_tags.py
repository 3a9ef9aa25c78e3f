"""What is said of words."""

from hypothesis import given
from hypothesis import strategies as st

from seqkit.data import convert_tags
from seqkit.inference.tags import name_tags, of_words

NAMES = {0: "a", 1: "b"}
TAGS = ["O", *(f"{prefix}-{kind}" for prefix in "BIES" for kind in ("PER", "LOC"))]


def test_a_word_has_the_tag_of_its_first_token() -> None:
    assert of_words([5, 1, 2, 3, 6], [None, 0, 0, 2, None], 3) == [1, None, 3]


@given(st.lists(st.sampled_from(TAGS), max_size=12))
def test_iobes_is_named_in_bio(tags: list[str]) -> None:
    names = dict(enumerate(TAGS))
    found = list(name_tags([TAGS.index(tag) for tag in tags], names, "iobes"))
    assert found == convert_tags(tags, "bio")


def test_words_without_a_tag() -> None:
    assert list(name_tags([1, None], NAMES, None)) == ["b", None]
    assert list(name_tags([None, 0], {0: "B-A"}, "bio")) == ["O", "B-A"]
