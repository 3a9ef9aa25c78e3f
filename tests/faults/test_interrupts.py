"""Ctrl-C in commands, in the quick form. `python -m tests.faults interrupts` is the full one."""

import os

import pytest

from tests.faults import battery

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def test_interrupts_leave_checkpoints_or_nothing() -> None:
    found = battery.run("interrupts", count=4)
    assert found["failures"] == []
