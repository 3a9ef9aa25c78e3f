from pathlib import Path

import pytest
import torch

from seqkit.testing.checks import Checks, Skipped
from tests.fresh import run


def make() -> Checks:
    checks = Checks("number")

    @checks("positive")
    def positive(number: int) -> None:
        """It is above zero.

        Zero is not.
        """
        assert number > 0, f"{number} is not above zero"

    @checks("even", optional=True)
    def even(number: int) -> None:
        """It can be halved."""
        if isinstance(number, float):
            raise Skipped("no whole number")
        assert number % 2 == 0

    return checks


def test_each_result_has_its_reason() -> None:
    checks = make()
    assert checks.run("2", 2).summary == "ran 2, skipped 0, failed 0"
    assert checks.run("2.5", 2.5).summary == "ran 1, skipped 1 (even: no whole number), failed 0"
    positive, even = checks.run("-1", -1).results
    assert positive.reason.startswith("-1 is not above zero")
    assert (even.status, bool(even.reason)) == ("failed", True)
    assert checks.run("x", "x").results[0].reason.startswith("it raised TypeError: '>' not supported")


def test_what_nobody_may_skip_counts_as_failed() -> None:
    checks = make()

    @checks("strict")
    def strict(_: int) -> None:
        """Never skipped."""
        raise Skipped("no time")

    assert checks.run("2", 2).results[-1].status == "failed"
    assert (len(checks), checks.floor) == (3, 2)


def test_some_can_be_chosen_and_unknown_ones_are_told() -> None:
    checks = make()
    assert [result.id for result in checks.run("3", 3, ["positive"]).results] == ["positive"]
    with pytest.raises(ValueError, match=r"no check 'positiv' for a number\. Did you mean 'positive'\?"):
        checks.select(["positiv"])
    assert checks["positive"].proves == "It is above zero."


def test_a_check_draws_the_same_numbers_each_time_and_takes_none_from_the_caller() -> None:
    checks, drawn = Checks("list"), []

    @checks("draws")
    def draws(_: None) -> None:
        """It draws."""
        drawn.append(torch.rand(1).item())

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    checks.run("a", None)
    checks.run("b", None)
    assert drawn[0] == drawn[1]
    assert torch.equal(torch.rand(1), expected)


def test_without_assertions_nothing_passes(tmp_path: Path) -> None:
    code = "import sys; from seqkit.testing import check_cell; from seqkit.cells import GRU; check_cell(GRU)"
    done = run(code, tmp_path, PYTHONOPTIMIZE="1")
    assert done.returncode == 1
    assert "run it without -O" in done.stderr
