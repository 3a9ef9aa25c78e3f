"""What transformers calls the cache of a model: `past_key_values` up to 5.23, `cache` from 5.24 on.

seqkit's own arguments are called `past_key_values`; every forward pass and `generate()` take both names.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from transformers.modeling_outputs import BaseModelOutputWithPast

from seqkit.errors import StateError

NAMES = ("past_key_values", "cache")

CACHE = "cache" if "cache" in BaseModelOutputWithPast.__dataclass_fields__ else "past_key_values"
"""The name in outputs, and among the arguments that `generate()` hands on."""


def rename_cache(arguments: dict[str, Any], name: str = CACHE) -> None:
    """Give the cache among named arguments one name.

    Args:
        arguments: the arguments; they are changed.
        name: the name.

    Raises:
        StateError: if there are two caches.
    """
    given = [cache for other in NAMES if (cache := arguments.pop(other, None)) is not None]
    if len(given) > 1:
        raise StateError("past_key_values and cache are two names of one state. Give one of them.")
    if given:
        arguments[name] = given[0]


def takes_cache(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Let a forward pass with an argument `past_key_values` take a `cache` too."""

    @wraps(forward)
    def named(self: Any, *args: Any, **kwargs: Any) -> Any:
        if "cache" in kwargs:
            rename_cache(kwargs, "past_key_values")
        return forward(self, *args, **kwargs)

    return named


def cache_of(outputs: Any) -> Any:
    """Return the cache of a model's outputs."""
    return getattr(outputs, CACHE)
