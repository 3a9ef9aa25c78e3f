"""Many at once, in the quick form. `python -m tests.faults together` is the full one."""

import os

import pytest

from tests.faults import battery

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def test_eight_processes_and_eight_threads_get_what_one_gets() -> None:
    found = battery.run("together", count=16)
    assert found["failures"] == []
    assert (found["process"], found["thread"]) == (8, 8)
