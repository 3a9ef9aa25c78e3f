"""The manifest of a checkpoint: which files belong to it, how long they are, and their SHA-256; it is written last."""

import hashlib
import json
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import Any

from seqkit.errors import CheckpointError
from seqkit.files import replacing, sync_tree
from seqkit.reading import read_object

MANIFEST = "seqkit_manifest.json"
FORMAT = "seqkit-checkpoint-1"

PARTS = {"step": int, "resumable": bool, "training": dict, "files": dict}
"""What a manifest tells."""

FREE = ("README.md", MANIFEST)
"""Files that may change in a checkpoint that is whole: one is for people to write in."""


def seal(folder: Path, record: dict[str, Any]) -> None:
    """Sync all files of a checkpoint to the disk, then write its manifest: from here on it is complete.

    Args:
        folder: the folder, which nobody writes to any more.
        record: what the manifest tells beside the files, values as JSON has them: `step`; `resumable`, whether it
            holds more than a model; `training`, what it belongs to.

    Raises:
        OSError: if the disk did not take everything.
    """
    sync_tree(folder)
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in FREE)
    files = {path.relative_to(folder).as_posix(): describe(path) for path in paths}
    values = {"format": FORMAT, **record, "files": files}
    with replacing(folder / MANIFEST) as temporary:
        temporary.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def describe(path: Path) -> dict[str, Any]:
    """Return the size and the digest of a file."""
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def verify(folder: Path, names: Collection[str] | None = None) -> dict[str, Any]:
    """Read a checkpoint's manifest, and the files that it lists.

    Args:
        folder: the checkpoint.
        names: the files that matter; None is all that are listed.

    Returns:
        The manifest: `step`, `resumable`, `training`, `files`.

    Raises:
        CheckpointError: naming the first file that is missing, cut short or changed, or that matters and is not listed.
    """
    manifest = read(folder)
    for name in manifest["files"] if names is None else names:
        wanted = manifest["files"].get(name)
        if wanted is None:
            raise CheckpointError(f"{folder} is damaged: {name} was not there when it was saved.")
        path = folder / name
        if not path.is_file():
            raise CheckpointError(f"{folder} is incomplete: {name} is missing.")
        if path.stat().st_size != wanted["size"]:
            raise CheckpointError(
                f"{folder} is damaged: {name} has {path.stat().st_size:,} bytes, and was saved with {wanted['size']:,}."
            )
        if describe(path) != wanted:
            raise CheckpointError(f"{folder} is damaged: the contents of {name} are not those that were saved.")
    return manifest


def read(folder: Path) -> dict[str, Any]:
    """Read a checkpoint's manifest alone.

    Raises:
        CheckpointError: if there is none, or it is not one.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise CheckpointError(f"{folder} does not exist.")
    if not path.is_file():
        raise CheckpointError(
            f"{folder} has no {MANIFEST}, which is written last: its save was cut off, or another trainer made it."
        )
    manifest = read_object(path)
    if manifest.get("format") != FORMAT:
        raise CheckpointError(f"{folder}: {MANIFEST} is not of the format {FORMAT!r} that this seqkit reads.")
    if not all(isinstance(manifest.get(name), kind) for name, kind in PARTS.items()):
        raise CheckpointError(f"{folder} is damaged: {MANIFEST} lacks one of {', '.join(PARTS)}.")
    for name, wanted in manifest["files"].items():
        if not _is_inside(name) or not isinstance(wanted, dict) or not isinstance(wanted.get("size"), int):
            raise CheckpointError(f"{folder} is damaged: {MANIFEST} tells nonsense of the file {name[:80]!r}.")
    return manifest


def _is_inside(name: str) -> bool:
    """Tell whether a name is of a file in the folder: the manifest may come from anybody."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and not set(name) & set("\\\0:")
