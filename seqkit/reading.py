"""Files that may come from anybody: read within bounds, and never from outside of their own folder."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from seqkit.errors import CheckpointError, SeqkitError

LONGEST = 64 * 2**20
"""Bytes of the longest JSON file that is read, unless a caller sets another limit."""

DEEPEST = 32
"""How many lists and mappings may stand inside each other: what is deeper breaks whatever walks over it."""

READ = (".safetensors", ".json", ".jinja", ".txt", ".model", ".onnx", ".npz", ".py")
"""Endings of the files of a saved model that somebody reads."""


def read_object(path: Path, error: type[SeqkitError] = CheckpointError, longest: int = LONGEST) -> dict[str, Any]:
    """Read a JSON file that holds fields by name.

    Args:
        path: the file.
        error: the class of the error.
        longest: bytes from which on it is not read.

    Raises:
        SeqkitError: of the class `error`, if it cannot be read, is too long, too deep, or holds anything else.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.json"
        >>> _ = path.write_text('{"a": [1, 2]}')
        >>> read_object(path)
        {'a': [1, 2]}
    """
    try:
        if path.stat().st_size > longest:
            raise error(f"{path} has {path.stat().st_size:,} bytes; no more than {longest:,} are read.")
        return parse_object(path.read_bytes(), str(path), error)
    except OSError as caught:
        # An error class of ours may be an OSError itself.
        if isinstance(caught, SeqkitError):
            raise
        raise error(f"{path} cannot be read: {caught.strerror or caught}. Save or copy it again.") from caught


def parse_object(data: bytes, name: str, error: type[SeqkitError] = CheckpointError) -> dict[str, Any]:
    """Read the bytes of a JSON file that holds fields by name; arguments and errors as in `read_object`."""
    try:
        found = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as caught:
        raise error(f"{name} is not a valid JSON file: {caught}. Save or copy it again.") from caught
    if not isinstance(found, dict):
        raise error(f"{name} holds a {type(found).__name__}; expected fields by name. Save or copy it again.")
    if is_deep(found):
        raise error(f"{name} holds more than {DEEPEST} lists or mappings inside each other. Save or copy it again.")
    return found


def is_deep(value: Any, deepest: int = DEEPEST) -> bool:
    """Tell whether lists and mappings stand inside each other more than so many times.

    Example:
        >>> is_deep([[[1]]], deepest=3), is_deep([[[1]]], deepest=2)
        (False, True)
    """
    layer = [value]
    for _ in range(deepest + 1):
        inner = [each for each in layer if isinstance(each, dict | list | tuple)]
        if not inner:
            return False
        layer = [item for each in inner for item in (each.values() if isinstance(each, dict) else each)]
    return True


def check_links(folder: Path, *inner: str) -> None:
    """Refuse links that lead out of a folder; the hub's cache, whose folders are made of links, is let through.

    Args:
        folder: the folder of a model.
        inner: names of folders in it that are read too.

    Raises:
        CheckpointError: naming the link and where it leads.
    """
    root = folder.resolve()
    homes = [root, *_caches(root.parents)]
    places = [folder, *(folder / name for name in inner)]
    for path in [*places[1:], *(each for place in places if place.is_dir() for each in sorted(place.iterdir()))]:
        if not path.is_symlink() or not (path in places or path.name.endswith(READ)):
            continue
        try:
            target = path.resolve()
        except (OSError, RuntimeError) as error:  # a link to itself
            raise CheckpointError(f"{path} is a link that leads nowhere: {error}. Copy the file itself.") from error
        if not any(target.is_relative_to(home) for home in homes):
            raise CheckpointError(f"{path} is a link to {target}, outside of {folder}. Copy the file itself there.")


def _caches(parents: Iterable[Path]) -> list[Path]:
    """Return where the hub's cache keeps the contents of the files of `…/snapshots/REVISION`."""
    return [parent.parent / "blobs" for parent in parents if parent.name == "snapshots"]
