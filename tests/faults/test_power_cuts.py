"""The order of what is written, in the form there is. `python -m tests.faults power_cuts` is the full one."""

from pathlib import Path

import pytest

from tests.faults import battery
from tests.faults.writers import WRITERS

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells what a process holds")


def test_all_is_on_the_disk_before_it_has_its_name() -> None:
    found = battery.run("power_cuts")
    assert found["failures"] == []
    assert found["in order"] == len(WRITERS)
