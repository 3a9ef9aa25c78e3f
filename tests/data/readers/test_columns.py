import pytest

from seqkit.data.readers.columns import choose, columns_of, find
from seqkit.errors import DataError

USUAL = ("text", "sentence")


@pytest.mark.parametrize(
    ("columns", "wanted", "found"),
    [
        (["id", "sentence", "text"], None, "text"),  # the likeliest, not the first
        (["id", "Sentence"], None, "Sentence"),
        (["TEXT", "text"], None, "TEXT"),
        (["id", "sentence"], "id", "id"),
        (["id", "sentence"], "Sentence", None),  # a name that is given is meant
        (["id"], None, None),
    ],
)
def test_find(columns: list[str], wanted: str | None, found: str | None) -> None:
    assert find(columns, wanted, USUAL) == found


@pytest.mark.parametrize(("wanted", "missing"), [("body", "no column 'body'"), (None, "no column with a usual name")])
def test_missing_column_lists_those_there_are(wanted: str | None, missing: str) -> None:
    with pytest.raises(
        DataError, match=rf"a\.csv has {missing}.*'id', 'x y': choose one with text_column \(--text-col"
    ):
        choose(["id", "x y"], wanted, USUAL, "text_column", "a.csv")


def test_a_task_names_its_columns() -> None:
    there = ["id", "Sentence", "Class"]
    chosen = columns_of("sequence-classification", there, None, None, True, "a.csv")
    assert chosen == {"text": "Sentence", "label": "Class"}
    assert columns_of("sequence-classification", there, "id", None, False, "a.csv") == {"text": "id"}
    assert columns_of("causal-lm", there, None, None, True, "a.csv") == {"text": "Sentence"}


def test_vectors_are_told_from_text() -> None:
    with pytest.raises(DataError, match="'series' is what models for series-classification read, and this is for seq"):
        columns_of("sequence-classification", ["series", "label"], None, None, True, "a.jsonl")
    with pytest.raises(DataError, match=r"\(--text-column\)$"):
        columns_of("sequence-classification", ["tokens", "label"], None, None, True, "a.jsonl")
