"""Export: a trained model as ONNX graphs that run without torch; see `seqkit.runtime` for what runs them.

Names are resolved when they are first used, so that importing this package imports neither torch nor onnx.
"""

from typing import TYPE_CHECKING

from seqkit.lazy import lazy

if TYPE_CHECKING:
    from seqkit.export.folder import export_onnx

_HOME = {"export_onnx": "folder"}

__all__ = ["export_onnx"]

__getattr__, __dir__ = lazy(__name__, _HOME)
