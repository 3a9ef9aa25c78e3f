import json

import pytest

from seqkit.testing import Report, Result

REPORT = Report(
    "Leaky",
    (
        Result("a", "passed"),
        Result("b", "skipped", "has none"),
        Result("c", "failed", "too large"),
        Result("d", "passed"),
    ),
)


def test_it_counts() -> None:
    assert (REPORT.ran, REPORT.passed, REPORT.skipped, REPORT.failed, REPORT.ok) == (3, 2, 1, 1, False)
    assert str(REPORT).splitlines()[0] == "Leaky"
    assert str(REPORT).splitlines()[-1] == "ran 3, skipped 1 (b: has none), failed 1"
    assert "  failed   c: too large" in str(REPORT)


def test_one_reason_for_several_is_told_once() -> None:
    results = (Result("a", "skipped", "no time"), Result("b", "skipped", "has none"), Result("c", "skipped", "no time"))
    assert Report("Leaky", results).summary == "ran 0, skipped 3 (a, c: no time; b: has none), failed 0"


def test_nothing_run_is_not_well() -> None:
    assert not Report("Leaky", (Result("b", "skipped", "has none"),)).ok
    assert Report("Leaky", (Result("a", "passed"),)).ok


def test_json_holds_all_of_it() -> None:
    found = json.loads(REPORT.to_json())
    assert found == REPORT.to_dict()
    assert {key: found[key] for key in ("name", "ran", "passed", "skipped", "failed", "ok")} == {
        "name": "Leaky",
        "ran": 3,
        "passed": 2,
        "skipped": 1,
        "failed": 1,
        "ok": False,
    }
    assert found["results"][2] == {"id": "c", "status": "failed", "reason": "too large"}


def test_failures_are_raised_with_their_reasons() -> None:
    with pytest.raises(AssertionError, match=r"Leaky fails 1 of 3 checks:\n  c: too large$"):
        REPORT.raise_for_failures()
    Report("Leaky", (Result("a", "passed"),)).raise_for_failures()
