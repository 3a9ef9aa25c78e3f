"""Each column's values are checked as its name asks for."""

import pytest

from seqkit.data.readers.values import COLUMN_TYPES, check_of
from seqkit.data.tasks import OUTPUT_COLUMNS
from seqkit.errors import DataError


def test_every_column_of_every_task_has_a_type_and_a_check() -> None:
    names = {name for columns in OUTPUT_COLUMNS.values() for name in columns if name}
    assert names == set(COLUMN_TYPES)
    for name in names:
        assert callable(check_of(name))


def test_text_is_told_from_vectors() -> None:
    assert check_of("source")("a", "here") == "a"
    with pytest.raises(DataError, match=r"here is 2, where text must be a string$"):
        check_of("text")(2, "here")
    with pytest.raises(DataError, match="string; series of vectors are for --task series-classification"):
        check_of("text")([[1.0]], "here")


def test_words_may_stand_between_spaces() -> None:
    assert check_of("tokens")("a  b", "here") == check_of("labels")(["a", "b"], "here") == ["a", "b"]
    with pytest.raises(DataError, match=r"here is \[1\.5\], where it must be a list of strings"):
        check_of("tokens")([1.5], "here")


def test_series_are_kept_as_they_are_given() -> None:
    check, series = check_of("input_features"), [[1, 2.5]]
    assert check(series, "here") is series
    with pytest.raises(DataError, match="here: step 1 has 1 numbers, where 2"):
        check([[1]], "here")
