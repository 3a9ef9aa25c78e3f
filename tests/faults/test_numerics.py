"""The table of invariances, an even choice of it. `python -m tests.faults numerics` is the full one."""

import torch

from seqkit.engine import run
from tests.faults import battery
from tests.faults.lines.numerics import Numbers, Pairs, differ, filled, rounded
from tests.faults.test_conditioning import Tripling


def test_an_even_choice_of_the_table_holds() -> None:
    found = battery.run("numerics", count=100)
    assert found["failures"] == []
    assert found["cases"] == 100


def ask(single: float, double: float) -> str:
    """Ask of two results of a cell that stretches what it is given, which are off by so much in float32 and float64."""

    def check(numbers: Numbers) -> Pairs:
        x = numbers(torch.ones(1, 12, 1))
        y = run(Tripling(1, 1), x, (x[:, 0] * 0,), plan="loop")[0][:, -1]  # its reach is 12 of its size
        return [(y * (1 + (double if numbers.fine else single)), y)]

    given = {"numbers": Numbers(torch.float32)}
    assert differ(filled(check, given, 0), torch.float32), "within 1e-6 nothing is asked"
    return rounded(check, given, 0)[0]


def test_results_may_differ_by_what_a_cell_makes_of_a_rounding_and_by_no_more() -> None:
    assert ask(1.3e-6, 1.3e-6 * 2.0**-29) == ""
    assert "differ" in ask(1e-5, 1e-5 * 2.0**-29)


def test_a_fault_as_small_as_a_rounding_does_not_shrink_with_the_precision() -> None:
    assert "differ" in ask(1.3e-6, 1.3e-6)
    assert "differ" in ask(1.3e-6, 1e-13)
