"""Packages whose names are imported when they are first used, so that importing the package costs nothing."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a package's `__getattr__` and `__dir__` (PEP 562).

    Args:
        package: its `__name__`.
        homes: the module of the package that each public name is taken from.

    Example:
        >>> look_up, names = lazy("seqkit.data", {"LabelSet": "labels"})
        >>> look_up("LabelSet").__name__, names()
        ('LabelSet', ['LabelSet'])
    """

    def look_up(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return look_up, lambda: sorted(homes)
