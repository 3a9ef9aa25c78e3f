"""A name for the class that is checked, so that configurations and folders can speak of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from seqkit import plugins
from seqkit.plugins.registry import find, unregister

BORROWED = "under-test"


@contextmanager
def named(kind: str, cls: type) -> Iterator[str]:
    """Give the name that a class is installed or registered under; where it has none, one for the block.

    Args:
        kind: `"cells"`, `"tokenizers"` or `"heads"`.
        cls: the class.
    """
    origin = plugins.origin(kind, cls)
    if origin is not None:
        local = origin["distribution"] == "local"
        name = origin["name"] if local else f"{origin['distribution']}/{origin['name']}"
        yield origin["name"] if find(kind, name).status == "ok" else name
        return
    plugins.register(kind, BORROWED, cls, replace=True)
    try:
        yield BORROWED
    finally:
        unregister(kind, BORROWED)
