"""Recipes trained twice, in the quick form. `python -m tests.faults recipes` is the full one."""

from tests.faults import battery


def test_a_recipe_of_each_kind_gives_the_same_weights_twice() -> None:
    found = battery.run("recipes", count=4)
    assert found["failures"] == []
