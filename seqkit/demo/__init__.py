"""A page to play with a saved model, in a browser, on this machine alone; it needs `seqkit[demo]`.

Names are resolved when they are first used, so that importing this package imports neither torch nor gradio.
"""

from typing import TYPE_CHECKING

from seqkit.lazy import lazy

if TYPE_CHECKING:
    from seqkit.demo.page import build as build
    from seqkit.demo.server import serve as serve
    from seqkit.demo.space import write_space as write_space

_HOME = {"build": "page", "serve": "server", "write_space": "space"}

__all__ = [*_HOME]

__getattr__, __dir__ = lazy(__name__, _HOME)
