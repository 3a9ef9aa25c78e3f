"""Hostile configurations, in the quick form."""

from tests.faults import battery


def test_hostile_configurations_are_refused_at_once() -> None:
    counts = battery.run("configs", 160)
    assert counts["failures"] == []
    assert counts["refused"] > 120
