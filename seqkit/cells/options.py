"""Checks a cell's options against its constructor: the annotations are the rule."""

import difflib
import inspect
import math
from typing import Any, Literal, get_args, get_origin, get_type_hints

from seqkit.cells.base import Cell
from seqkit.errors import ConfigError


def options_of(cell: type[Cell]) -> dict[str, inspect.Parameter]:
    """Return the options that a cell's constructor takes after `input_size` and `hidden_size`."""
    parameters = list(inspect.signature(cell).parameters.values())[2:]
    return {p.name: p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}


def validate_options(cell: type[Cell], options: dict[str, Any]) -> None:
    """Check every option by name and by annotation.

    Args:
        cell: the cell class.
        options: what `RNNConfig.cell_options` holds.

    Raises:
        ConfigError: if a name is unknown (the nearest known one is told) or a value breaks its annotation.

    Example:
        >>> from seqkit.cells.rnn import RNN
        >>> validate_options(RNN, {"nonlinearity": "relu"})
    """
    known, hints = options_of(cell), get_type_hints(cell.__init__)
    for name, value in options.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ConfigError(
                f"cell_options has {name!r}, which {cell.__name__} does not know.{hint} "
                f"Its options: {', '.join(known) or 'none'}."
            )
        if name in hints and not _fits(value, hints[name]):
            raise ConfigError(
                f"cell_options[{name!r}] of {cell.__name__} is {value!r}; expected {_spell(hints[name])}."
            )


def _fits(value: Any, hint: Any) -> bool:
    """Tell whether a value is what its annotation says; annotations we cannot judge let everything pass."""
    if get_origin(hint) is Literal:
        # `1 == True`, so the type must fit too.
        return any(value == choice and type(value) is type(choice) for choice in get_args(hint))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint in (bool, str):
        return isinstance(value, hint)
    if args := get_args(hint):
        return any(_fits(value, arg) for arg in args)
    return value is None if hint is type(None) else True


def _spell(hint: Any) -> str:
    """Write an annotation as a user would say it."""
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(repr(choice) for choice in get_args(hint))
    return {bool: "true or false", int: "an integer", float: "a finite number", str: "a string"}.get(hint, str(hint))
