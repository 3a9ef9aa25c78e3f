"""Folders that try to have code run, in the quick form; and that the battery sees what it looks for."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from tests.faults import battery
from tests.faults.lines import doors


def test_nothing_runs_and_nothing_outside_is_opened() -> None:
    counts = battery.run("doors", 25)
    assert counts["failures"] == []
    assert counts["kept out"] == 25


def unpickled(place: doors.Place) -> Any:
    return pickle.loads((place.folder / "pytorch_model.bin").read_bytes())


def executed(place: doors.Place) -> Any:
    exec((place.folder / "evil.py").read_text())


def asks(place: doors.Place) -> Any:
    return input("[y/N]")


def looks_outside(place: doors.Place) -> Any:
    return (place.outside / "config.json").read_text()


@pytest.mark.parametrize(
    ("door", "told"),
    [(unpickled, "the code ran"), (executed, "the code ran"), (asks, "a question"), (looks_outside, "leads outside")],
)
def test_a_door_that_lets_in_is_found(door: Any, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doors.make_whole(tmp_path / "whole")
    place = doors.Place(tmp_path, tmp_path / "whole")
    place.pickle("pytorch_model.bin")
    place.code("evil.py")
    monkeypatch.setitem(doors.DOORS, "open", door)
    assert told in doors.wrong(place, "open")
    assert os.path.isdir(place.marker) == (told == "the code ran")
