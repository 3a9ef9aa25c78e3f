"""The frame that all lines of the battery share."""

import json
from pathlib import Path

import pytest

from tests.faults import battery
from tests.faults.__main__ import keep


@pytest.mark.parametrize("name", battery.names())
def test_every_line_has_a_full_form_and_a_quick_one(name: str) -> None:
    line = battery.line(name)
    assert line.FULL > 0
    assert line.UNIT
    assert line.__doc__
    quick = Path(__file__).with_name(f"test_{name}.py")
    assert quick.is_file(), f"{name} has no quick form, {quick.name}"


def test_lines_are_kept_beside_each_other(tmp_path: Path) -> None:
    keep(tmp_path, "texts", {"cases": 1}, seed=3)
    keep(tmp_path, "configs", {"cases": 2}, seed=4)
    kept = json.loads((tmp_path / "faults.json").read_text())
    assert [(name, line["cases"], line["seed"]) for name, line in kept.items()] == [("configs", 2, 4), ("texts", 1, 3)]
    assert all(line["machine"] and line["date"] for line in kept.values())


def test_what_failed_is_counted_and_told() -> None:
    tally = battery.Tally()
    tally.right("refused")
    for number in range(battery.Tally.SHOWN + 5):
        tally.wrong(f"case {number}")
    counts = tally.counts()
    assert (counts["cases"], counts["refused"], counts["failed"]) == (26, 1, 25)
    assert counts["failures"][0] == "case 0"
    assert len(counts["failures"]) == battery.Tally.SHOWN
