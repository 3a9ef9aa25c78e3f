"""The order of what is written, in the form there is. `python -m tests.faults power_cuts` is the full one."""

from pathlib import Path

import pytest

from tests.faults import battery
from tests.faults.cut import Case
from tests.faults.lines.power_cuts import followed
from tests.faults.writers import NAIVE, WRITERS

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells what a process holds")


def test_all_is_on_the_disk_before_it_has_its_name() -> None:
    found = battery.run("power_cuts")
    assert found["failures"] == []
    assert found["in order"] == len(WRITERS)


def test_a_writer_that_writes_over_in_place_and_syncs_nothing_is_found(tmp_path: Path) -> None:
    case = Case("naive", NAIVE, tmp_path)
    place = case.copy("followed")
    found = case.child(lambda: {"wrong": followed(case, place)}).result()
    assert found == {"wrong": "new.txt not synced; a.txt is written over in place"}
