import math
from typing import Annotated, Any, Literal

import pytest

from seqkit.annotations import Probability, Range, fits, nearest, show, spell

GOOD = [
    (1, int),
    (True, bool),
    (1.5, float),
    (1, float),
    ("a", str),
    (None, int | None),
    (..., Any),
    (0.0, Probability),
    (0.999, Probability),
    ("dot", Literal["dot"]),
    ([1, 2], list[int]),
    ((1,), list[int]),
    ([], list[int]),
    ({"a": 1}, dict[str, int]),
    (3, Annotated[int, Range(1, 3)]),
    (None, Annotated[int, Range(1, 3)] | None),
    (10**30, float),
]
BAD = [
    (True, int),
    (1, bool),
    (1.0, int),
    ("1", int),
    (math.nan, float),
    (math.inf, float),
    (True, float),
    (None, int),
    (1.0, Probability),
    (-1e-9, Probability),
    (True, Literal[1]),
    (1.0, Literal[1]),
    ([1, "a"], list[int]),
    ("ab", list[str]),
    ({1: 1}, dict[str, int]),
    ([("a", 1)], dict[str, int]),
    (0, Annotated[int, Range(1, 3)]),
    (4, Annotated[int, Range(1, 3)]),
    (10**400, float),
    (10**400, Probability),
    (-(10**400), float),
    (b"a", str),
]


@pytest.mark.parametrize(("value", "hint"), GOOD, ids=lambda v: str(v)[:20])
def test_fits(value: Any, hint: Any) -> None:
    assert fits(value, hint)


@pytest.mark.parametrize(("value", "hint"), BAD, ids=lambda v: str(v)[:20])
def test_does_not_fit(value: Any, hint: Any) -> None:
    assert not fits(value, hint)


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (int, "an integer"),
        (Probability, "a finite number with 0 <= value < 1"),
        (Annotated[int, Range(1, 3)] | None, "an integer with 1 <= value <= 3, or none"),
        (Literal["a", 1], "one of 'a', 1"),
        (int | list[int] | None, "an integer or a list, each an integer, or none"),
        (dict[str, bool], "a mapping from a string to true or false"),
    ],
)
def test_spell(hint: Any, words: str) -> None:
    assert spell(hint) == words


def test_show_cuts_what_is_long() -> None:
    assert show("a") == "'a'"
    assert len(show("a" * 1000)) == 80
    assert show("a" * 1000).endswith("...")
    assert "digits" in show(10**5000)


def test_nearest() -> None:
    assert nearest("hiden_size", ["hidden_size", "cell"]) == " Did you mean 'hidden_size'?"
    assert nearest("zzz", ["hidden_size"]) == ""
    assert nearest("h" * 10**6, ["hidden_size"]) == ""
