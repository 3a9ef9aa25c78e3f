"""Tag schemes, held to seqeval's conlleval and to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOBES, Entities

from seqkit.data import schemes
from seqkit.errors import DataError

TAGS = ["O", *(f"{prefix}-{kind}" for prefix in "BIES" for kind in ("PER", "LOC-x"))]
sentences = st.lists(st.sampled_from(TAGS), max_size=12)


@given(sentences)
def test_any_tags_are_read_as_conlleval_reads_them(tags: list[str]) -> None:
    expected = [(kind, begin, end + 1) for kind, begin, end in get_entities(tags)]
    assert [tuple(span) for span in schemes.read_spans(tags)] == expected


@given(sentences, st.sampled_from(schemes.SCHEMES))
def test_writing_keeps_the_spans_and_is_legal(tags: list[str], scheme: schemes.Scheme) -> None:
    written = schemes.convert_tags(tags, scheme)
    assert schemes.read_spans(written) == schemes.read_spans(tags)
    assert schemes.illegal_places(written, scheme) == []
    if scheme == "iobes" and schemes.read_spans(tags):  # seqeval's strict reader sees the same spans
        (strict,) = Entities([written], IOBES).entities
        assert [(entity.tag, entity.start, entity.end) for entity in strict] == schemes.read_spans(tags)


def test_the_three_ways_of_writing() -> None:
    spans = [schemes.Span("A", 0, 2), schemes.Span("A", 2, 3), schemes.Span("B", 3, 4)]
    assert schemes.write_spans(spans, 5, "iob1") == ["I-A", "I-A", "B-A", "I-B", "O"]
    assert schemes.write_spans(spans, 5, "bio") == ["B-A", "I-A", "B-A", "B-B", "O"]
    assert schemes.write_spans(spans, 5, "iobes") == ["B-A", "E-A", "S-A", "S-B", "O"]
    assert schemes.write_spans([], 0, "bio") == []


@pytest.mark.parametrize(
    ("tags", "scheme", "places"),
    [
        (["O", "I-A", "I-A"], "bio", [1]),
        (["B-A", "I-B"], "bio", [1]),
        (["B-A", "O", "E-A", "B-A", "I-A"], "iobes", [0, 2, 4]),
        (["B-A", "I-A"], "iob1", [0]),
    ],
)
def test_illegal_tags_are_found(tags: list[str], scheme: schemes.Scheme, places: list[int]) -> None:
    assert schemes.illegal_places(tags, scheme) == places


@pytest.mark.parametrize(
    ("data", "scheme"),
    [
        ([["B-A", "I-A"], ["O", "I-A"]], "bio"),
        ([["I-A", "B-A"], ["O", "I-B"]], "iob1"),
        ([["O", "S-A"]], "iobes"),
        ([["B-A", "O"]], "bio"),
        ([["O", "O"], []], None),
        ([["DET", "B-A"]], None),
        ([], None),
    ],
)
def test_the_scheme_of_data_is_recognised(data: list[list[str]], scheme: str | None) -> None:
    assert schemes.scheme_of(data) == scheme


def test_a_scheme_that_does_not_fit_is_refused() -> None:
    schemes.check_tag_scheme("causal-lm", None)
    schemes.check_tag_scheme("token-classification", "raw")
    with pytest.raises(DataError, match=r"'bilou'; expected one of iob1, bio, iobes, raw"):
        schemes.check_tag_scheme("token-classification", "bilou")
    with pytest.raises(DataError, match="causal-lm has no tags"):
        schemes.check_tag_scheme("causal-lm", "bio")


def test_a_data_set_is_settled_in_one_scheme() -> None:
    iob1 = [["I-A", "I-A", "B-A"], ["O"]]
    assert schemes.settle_tags(iob1) == ([["B-A", "I-A", "B-A"], ["O"]], "bio", "iob1", 0)
    broken = [["O", "I-A"], ["B-A", "I-A"]]
    assert schemes.settle_tags(broken) == ([["O", "B-A"], ["B-A", "I-A"]], "bio", "bio", 1)
    assert schemes.settle_tags(broken, "raw") == (broken, "bio", "bio", 1)
    assert schemes.settle_tags(broken, "iobes") == ([["O", "S-A"], ["B-A", "E-A"]], "iobes", "bio", 1)
    assert schemes.settle_tags([["DET"]]) == ([["DET"]], None, None, 0)
    assert schemes.settle_tags([["O"]], "iobes").sentences == [["O"]]
    with pytest.raises(DataError, match="mark no spans"):
        schemes.settle_tags([["DET"]], "iobes")
