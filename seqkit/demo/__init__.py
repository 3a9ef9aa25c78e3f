"""A page to play with a saved model, in a browser, on this machine alone; it needs `seqkit[demo]`.

Names are resolved when they are first used, so that importing this package imports neither torch nor gradio.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqkit.demo.page import build as build
    from seqkit.demo.server import serve as serve
    from seqkit.demo.space import write_space as write_space

_HOME = {"build": "page", "serve": "server", "write_space": "space"}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
