"""Which files of a model's folder are shared: weights as safetensors, texts and pictures, and never a pickle."""

from fnmatch import fnmatch
from pathlib import Path

from seqkit.folder import SHIM

PULLED = ("*.safetensors", "*.json", "*.md", "*.txt", "*.png")
"""What is fetched from a repository of anybody's: nothing that can run code."""

PUSHED = (*PULLED, f"{SHIM}.py", ".eval_results/*.yaml")
"""What is sent: that, our own shim of one line, and results for leaderboards."""

LEFT = ("checkpoint-*/*", ".incomplete/*", ".saving.*/*", "runs/*", ".cache/*", ".git/*", "trainer_state.json")
"""What a training leaves beside its model and nobody loads, saves that were cut off among it."""

PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".h5", ".msgpack")
"""Endings of files that can run code when they are opened, or that others' libraries write."""


def shared_files(folder: Path) -> list[str]:
    """Return the files of a folder that are pushed, by their paths in it.

    Args:
        folder: a model's folder.
    """
    found = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    return [name for name in found if is_shared(name)]


def is_shared(name: str) -> bool:
    """Tell whether a file is pushed.

    Example:
        >>> [is_shared(name) for name in ("model.safetensors", "optimizer.pt", "checkpoint-5/config.json", "a.py")]
        [True, False, False, False]
    """
    return _matches(name, PUSHED) and not _matches(name, LEFT)


def is_pulled(name: str) -> bool:
    """Tell whether a file is fetched.

    Example:
        >>> [is_pulled(name) for name in ("model.safetensors", "pytorch_model.bin", "modeling.py")]
        [True, False, False]
    """
    return _matches(name, PULLED) and not _matches(name, LEFT)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, each) for each in patterns)
