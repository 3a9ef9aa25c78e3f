"""`seqkit card` as a user types it: what is told is written down, and the card follows."""

from pathlib import Path

import pytest

from seqkit.hub.check import problems_of_card
from seqkit.hub.told import Told, read_told
from tests.hub.cases import save
from tests.hub.typed import Typed
from tests.hub.typed import typed as typed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return save(tmp_path / "days", told=None)


def test_telling_all_makes_the_card_whole(folder: Path, typed: Typed) -> None:
    words = "--licence mit --data-name Days --data-licence mit --language en --data-part test --limit Nights."
    code, shown = typed(f"seqkit card days {words}")
    assert code == 0
    assert "written: days/card.json, days/README.md" in shown
    assert "still to do: the card has no example to try the model with. Run: seqkit card days --example" in shown
    code, shown = typed("seqkit card days --example good --example bad")
    assert "still to do" not in shown
    told = read_told(folder)
    assert (told.licence, told.examples, told.limits) == ("mit", ["good", "bad"], ["Nights."])
    assert problems_of_card(folder) == []
    assert "the test part of Days" in (folder / "README.md").read_text()


def test_a_known_set_tells_itself(folder: Path, typed: Typed) -> None:
    assert typed("seqkit card days --set sms-spam --example hello")[0] == 0
    assert "SMS Spam Collection" in (folder / "README.md").read_text()
    code, shown = typed("seqkit card days --set sst2")
    assert code == 1
    assert "states no licence" in shown


def test_a_card_of_somebodys_own_is_replaced_only_when_asked_to(folder: Path, typed: Typed) -> None:
    (folder / "README.md").write_text("# Mine\n")
    code, shown = typed("seqkit card days --licence mit")
    assert code == 1
    assert "is somebody's own. Give --overwrite" in shown
    assert (folder / "README.md").read_text() == "# Mine\n"
    assert read_told(folder) == Told()
    assert typed("seqkit card days --licence mit --overwrite")[0] == 0
    assert "license: mit" in (folder / "README.md").read_text()


def test_a_card_that_cannot_be_rendered_leaves_nothing(folder: Path, typed: Typed) -> None:
    (folder / "metrics.json").unlink()
    code, shown = typed("seqkit card days --licence mit")
    assert code == 1
    assert "metrics.json is missing" in shown
    assert not (folder / "card.json").exists()
