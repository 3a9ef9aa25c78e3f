"""Everything that writes, killed, in the quick form. `python -m tests.faults crashes` is the full one."""

import os
import random
from pathlib import Path

import pytest

from tests.faults import battery
from tests.faults.cut import Case
from tests.faults.writers import NAIVE

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def test_kills_leave_what_was_there_or_what_shall_be() -> None:
    found = battery.run("crashes", count=5)
    assert found["failures"] == []
    assert found["cases"] == 5


def test_a_writer_that_writes_over_in_place_is_found(tmp_path: Path) -> None:
    case, dice = Case("naive", NAIVE, tmp_path), random.Random(0)
    assert any("is neither ['old'] nor ['new']" in case.kill(dice)[1] for _ in range(30))
