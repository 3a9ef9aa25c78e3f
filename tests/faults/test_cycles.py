"""Loads and unloads, in the quick form. `python -m tests.faults cycles` is the full one."""

from pathlib import Path

import pytest

from tests.faults import battery

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells what a process holds")


def test_loads_leave_no_memory_behind() -> None:
    found = battery.run("cycles", count=12)
    assert found["failures"] == []
