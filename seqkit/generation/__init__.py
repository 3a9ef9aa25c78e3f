"""What seqkit adds to `generate()`: streams that go on from a state, streamers, 8-bit weights; each imported late."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqkit.generation.quantization import quantize as quantize
    from seqkit.generation.stream import Stream as Stream
    from seqkit.generation.streamer import CharIteratorStreamer as CharIteratorStreamer
    from seqkit.generation.streamer import CharStreamer as CharStreamer

_HOMES = {
    "CharIteratorStreamer": "streamer",
    "CharStreamer": "streamer",
    "Stream": "stream",
    "quantize": "quantization",
}

__all__ = ["CharIteratorStreamer", "CharStreamer", "Stream", "quantize"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'seqkit.generation' has no attribute {name!r}")
    value = getattr(import_module(f"seqkit.generation.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
