"""Export: a trained model as ONNX graphs that run without torch; see `seqkit.runtime` for what runs them.

Names are resolved when they are first used, so that importing this package imports neither torch nor onnx.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqkit.export.folder import export_onnx

_HOME = {"export_onnx": "folder"}

__all__ = ["export_onnx"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
