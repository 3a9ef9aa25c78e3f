"""Import one plugin and judge what came: the only place where a plugin's code is run."""

import importlib
import sys
import traceback
from contextlib import nullcontext
from functools import reduce
from types import FunctionType
from typing import Any

from seqkit.plugins.kinds import BUILT_IN, KINDS
from seqkit.plugins.manners import kept


def load(kind: str, value: str) -> tuple[Any, str, BaseException | None]:
    """Import the class that an entry point names.

    Args:
        kind: a key of `KINDS`: what the class must be.
        value: `"module:Class"`, or `"module:function"` for a kind whose plugins are functions.

    Returns:
        `(class, "", None)`, or `(None, what is wrong with it, the exception if there was one)`.
    """
    try:
        found = _import(kind, value)
        wrong = judge(kind, found)  # within: a metaclass can make a mere look raise
    except KeyboardInterrupt:
        raise
    # `SystemExit` too, and what extensions in Rust raise: a plugin must not end the process that asked for it.
    except BaseException as error:
        return None, f"importing {value} raised {_one_line(error)}", error
    return (None, f"{value} {wrong}", None) if wrong else (found, "", None)


def judge(kind: str, found: Any) -> str:
    """Say why an object cannot be a plugin of a kind, else `""`; the base class is known by name, not imported."""
    rule = KINDS[kind]
    if not rule.base:
        return "" if isinstance(found, FunctionType) else f"is a {type(found).__name__}, not a function"
    if not isinstance(found, type):
        return f"is a {type(found).__name__}, not a class"
    for base in found.__mro__[1:]:
        if base.__name__ == rule.base and f"{base.__module__}.".startswith(f"{rule.home}."):
            return ""
    return f"does not descend from {rule.base} of {rule.home}, as every {rule.noun} must"


def is_value_of(value: str, cls: type) -> bool:
    """Tell whether an entry point names this very class, as far as its module has been imported already."""
    module, _, path = value.partition(":")
    found: Any = sys.modules.get(module)
    for name in path.split("."):
        # `vars`, since the `__getattr__` of a lazy module would import.
        found = getattr(found, "__dict__", {}).get(name)
    return found is cls


def _import(kind: str, value: str) -> Any:
    module, _, path = value.partition(":")
    # Nothing of seqkit's own, and nothing that has been imported, can disturb the process.
    harmless = module in sys.modules or module.startswith(f"{BUILT_IN}.")
    if not harmless and KINDS[kind].base:
        # What every plugin of the kind stands on comes first: its seconds are not the plugin's.
        getattr(importlib.import_module(KINDS[kind].home), KINDS[kind].base)
    with nullcontext() if harmless else kept(value, numbers=bool(KINDS[kind].base)):
        return reduce(getattr, path.split("."), importlib.import_module(module))


def _one_line(error: BaseException) -> str:
    """Return `Type: message` of an exception, even of one whose own message raises."""
    # The last entry is the exception itself; a syntax error has its source lines above it.
    text = " ".join(traceback.format_exception_only(error)[-1].split())[:300]
    return text if text.isprintable() else ascii(text)[1:-1]  # a message must not rule the terminal
