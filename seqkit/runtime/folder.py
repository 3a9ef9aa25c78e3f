"""An exported folder, read whole and compared with the sums it was written with before any of it is used."""

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqkit.errors import CheckpointError
from seqkit.reading import check_links
from seqkit.runtime.description import FILE, START, Description

LONGEST = 64 * 2**20
"""Bytes of the longest `export.json` that is read: labels are what makes one long."""


@dataclass(frozen=True)
class Folder:
    """What an exported folder holds.

    Args:
        path: where it lies.
        description: what it says of itself.
        contents: its other files' bytes by name, each as it was when it was written.
    """

    path: Path
    description: Description
    contents: dict[str, bytes]

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "Folder":
        """Read a folder.

        Raises:
            CheckpointError: if it is none, a file is missing or not what it was, or the description is wrong.
        """
        folder = Path(path)
        if not (folder / FILE).is_file():
            what = "holds no export.json" if folder.is_dir() else "is no folder"
            raise CheckpointError(f"{folder} {what}. `seqkit export MODEL --to onnx` makes one.")
        check_links(folder)
        if (folder / FILE).stat().st_size > LONGEST:
            raise CheckpointError(f"{folder / FILE} is longer than {LONGEST:,} bytes. Export the model again.")
        try:
            text = (folder / FILE).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise CheckpointError(f"{folder / FILE} is no UTF-8: {error}. Export the model again.") from error
        description = Description.read(text)
        contents = {name: _read(folder / name, known) for name, known in description.files.items()}
        return cls(folder, description, contents)

    def start(self) -> dict[str, np.ndarray]:
        """Return the state before the first token, each tensor (1, ·).

        Raises:
            CheckpointError: if it is not of the shapes that the description tells.
        """
        if not self.description.state:
            return {}
        try:
            with np.load(io.BytesIO(self.contents[START]), allow_pickle=False) as file:
                found = {name: file[name] for name in file.files}
        except (ValueError, OSError, EOFError) as error:
            raise CheckpointError(f"{self.path / START} cannot be read: {error}. Export the model again.") from error
        shapes = {name: (array.shape, array.dtype) for name, array in found.items()}
        expected = {name: ((1, width), np.dtype(np.float32)) for name, width in self.description.state.items()}
        if shapes != expected:
            raise CheckpointError(f"{self.path / START} holds {shapes}; expected {expected}. Export the model again.")
        return found


def sha256(data: bytes) -> str:
    """Return the sum that a description keeps of a file."""
    return hashlib.sha256(data).hexdigest()


def _read(path: Path, known: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error}. Export the model again.") from error
    if sha256(data) != known:
        raise CheckpointError(f"{path} has changed since it was exported: its sha256 is {sha256(data)[:12]}…; "
                              f"expected {known[:12]}…. Export the model again.")  # fmt: skip
    return data
