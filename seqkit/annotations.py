"""Annotations as rules: one check for configuration fields and for the options of cells.

`hidden_size: Annotated[int, Range(1, 65536)] = 256` and `nonlinearity: Literal["tanh", "relu"] = "tanh"` say all there
is to say; nothing is written twice.
"""

import difflib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin


@dataclass(frozen=True)
class Range:
    """The closed interval a number must lie in, or half open with `below`.

    Args:
        low: smallest value.
        high: largest value.
        below: whether `high` itself is excluded.
    """

    low: float
    high: float
    below: bool = False

    def __contains__(self, value: float) -> bool:
        return self.low <= value and (value < self.high if self.below else value <= self.high)

    def __str__(self) -> str:
        return f"{self.low} <= value {'<' if self.below else '<='} {self.high}"


Probability = Annotated[float, Range(0, 1, below=True)]
"""A probability of dropping: 0 <= p < 1."""

SCALARS = {bool: "true or false", int: "an integer", float: "a finite number", str: "a string", type(None): "none"}


def fits(value: Any, hint: Any) -> bool:
    """Tell whether a value is what its annotation says; an annotation we cannot judge lets everything pass.

    Example:
        >>> fits(0.5, Probability), fits(1, Probability), fits(True, int), fits(None, int | None)
        (True, False, False, True)
    """
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return fits(value, args[0]) and all(value is None or value in rule for rule in args[1:])
    if origin is Literal:
        # `1 == True`, so the type must fit too.
        return any(type(value) is type(choice) and value == choice for choice in args)
    if origin in (Union, UnionType):
        return any(fits(value, arg) for arg in args)
    if origin is list:
        return isinstance(value, list | tuple) and all(fits(item, args[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(fits(k, args[0]) and fits(v, args[1]) for k, v in value.items())
    if hint is float:
        # Compared, not converted: an integer may be too large for a float.
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return hint is Any or not isinstance(hint, type) or isinstance(value, hint)


def spell(hint: Any) -> str:
    """Write an annotation as a user would say it.

    Example:
        >>> spell(Literal["dot", "general"] | None)
        "one of 'dot', 'general', or none"
    """
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return f"{spell(args[0])} with {', '.join(map(str, args[1:]))}"
    if origin is Literal:
        return "one of " + ", ".join(repr(choice) for choice in args)
    if origin in (Union, UnionType):
        parts = [spell(arg) for arg in args if arg is not type(None)]
        return " or ".join(parts) + (", or none" if type(None) in args else "")
    if origin is list:
        return f"a list, each {spell(args[0])}"
    if origin is dict:
        return f"a mapping from {spell(args[0])} to {spell(args[1])}"
    return SCALARS.get(hint, getattr(hint, "__name__", str(hint)))


def show(value: Any) -> str:
    """Write a value into an error message, cut where it is long."""
    try:
        text = repr(value)
    except ValueError:
        # Python refuses to write integers of thousands of digits.
        text = f"a {type(value).__name__} with too many digits to write"
    return text if len(text) <= 80 else text[:77] + "..."


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` for the nearest known name, or nothing."""
    near = difflib.get_close_matches(str(name)[:80], list(known), 1)
    return f" Did you mean {near[0]!r}?" if near else ""
