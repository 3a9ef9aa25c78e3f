"""What people tell is checked word for word, and a set without a licence is not published."""

from pathlib import Path

import pytest

from seqkit.errors import DataError
from seqkit.hub.schema import LICENCES
from seqkit.hub.told import FILE, Told, known_sets, read_told, show_type, with_set, write_told
from tests.hub.cases import TOLD


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_told(tmp_path, TOLD)
    assert read_told(tmp_path) == TOLD
    assert read_told(tmp_path / "nowhere") == Told()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"license": "mit"}', "Did you mean 'licence'"),
        ('{"data": {"nam": "x"}}', "Did you mean 'name'"),
        ('{"limits": "none"}', "limits is 'none'; expected a list of texts"),
        ('{"licence": 3}', "licence is 3; expected a text"),
        ('{"data": []}', "expected an object"),
        ("[]", "expected an object"),
        ("{", "is no JSON"),
    ],
)
def test_what_is_not_understood_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(DataError, match=message):
        read_told(tmp_path)


def test_a_model_takes_the_licence_of_its_data_unless_it_has_one() -> None:
    told = with_set(Told(), "ud-korean-gsd")
    assert (told.licence, told.language, told.data.part) == ("cc-by-sa-4.0", ["ko"], "test")
    assert "Universal Dependencies" in told.data.attribution
    kept = with_set(Told(licence="mit", language=["code"]), "nsmc")
    assert (kept.licence, kept.language) == ("mit", ["code"])


@pytest.mark.parametrize("key", ["trec6", "sst2", "mr", "multi30k"])
def test_what_states_no_licence_is_refused(key: str) -> None:
    with pytest.raises(DataError, match="states no licence"):
        with_set(Told(), key)


def test_an_unknown_set_is_named_with_the_nearest() -> None:
    with pytest.raises(DataError, match="Did you mean 'nsmc'"):
        with_set(Told(), "nsmcc")


@pytest.mark.parametrize("key", sorted(known_sets()))
def test_every_set_says_whose_it_is(key: str) -> None:
    found = known_sets()[key]
    assert found["licence"] == "" or found["licence"] in LICENCES
    if found["licence"]:
        assert found["url"].startswith("https://")
        assert found["attribution"]
        assert with_set(Told(), key).data.name == found["name"]


def test_types_are_named_for_people() -> None:
    assert [show_type(str), show_type(list[str])] == ["a text", "a list of texts"]
