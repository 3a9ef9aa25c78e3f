"""The table of invariances, an even choice of it. `python -m tests.faults numerics` is the full one."""

from tests.faults import battery


def test_an_even_choice_of_the_table_holds() -> None:
    found = battery.run("numerics", count=100)
    assert found["failures"] == []
    assert found["cases"] == 100
