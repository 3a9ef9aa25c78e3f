import pytest

from seqkit.data.readers.columns import choose, find
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
