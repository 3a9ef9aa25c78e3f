"""What comes in and goes out, each check by its name; `python -m tests.faults supply` prints how much was looked at."""

import pytest

from tests.faults import battery
from tests.faults.lines.supply import CHECKS, misplaced
from tools.licences import is_free


@pytest.mark.parametrize("number", range(len(CHECKS)), ids=[check.__name__ for check in CHECKS])
def test_nothing_comes_or_goes_unseen(number: int) -> None:
    cases, wrong = CHECKS[number]()
    assert wrong == []
    assert cases > 10


def test_the_line_counts_what_it_looked_at() -> None:
    found = battery.line("supply").run(0)
    assert (found["cases"], found["failures"]) == (0, [])


@pytest.mark.parametrize("licence", ["", "UNKNOWN", "GPL-3.0-only", "MIT AND AGPL-3.0", "Other/Proprietary License"])
def test_a_licence_that_is_unknown_or_not_at_one_with_ours_is_found(licence: str) -> None:
    assert not is_free(licence)


def test_strangers_in_a_wheel_are_found() -> None:
    contents = {"tests/a.py": b"", "seqkit/a.csv": b"", "seqkit/b.py": b"x = '/home/me/b'", "seqkit/c.py": b"x = 1"}
    assert len(list(misplaced(contents, {"/home/me"}))) == 3
