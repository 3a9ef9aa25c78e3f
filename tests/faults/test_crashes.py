"""Everything that writes, killed, in the quick form. `python -m tests.faults crashes` is the full one."""

import os

import pytest

from tests.faults import battery

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def test_twenty_kills_leave_what_was_there_or_what_shall_be() -> None:
    found = battery.run("crashes", count=20)
    assert found["failures"] == []
    assert found["cases"] == 20
