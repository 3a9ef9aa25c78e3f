"""Which checkpoint a training goes on from: the newest complete one, and no other without a word."""

import logging
import re
import shutil
from pathlib import Path
from typing import Any

from seqkit.errors import CheckpointError
from seqkit.files import move_folder
from seqkit.manifest import verify

logger = logging.getLogger(__name__)

STAGING = ".incomplete"
"""The folder beside the checkpoints in which one is written before it is moved into place."""

NAME = re.compile(r"checkpoint-([0-9]+)")


def checkpoints(folder: Path) -> list[Path]:
    """Return what has a checkpoint's name in a folder, complete or not, newest first.

    Example:
        >>> checkpoints(Path("nowhere"))
        []
    """
    found = [path for path in folder.glob("checkpoint-*") if NAME.fullmatch(path.name) and path.is_dir()]
    return sorted(found, key=step_of, reverse=True)


def step_of(checkpoint: Path) -> int:
    """Return the step that a checkpoint's name tells."""
    return int(checkpoint.name.rpartition("-")[2])


def recover(folder: Path) -> list[Path]:
    """Move checkpoints into place that were complete but for their last move, and delete the parts of others.

    Args:
        folder: the folder of the checkpoints.

    Returns:
        Where those lay whose save was cut off, and which are gone now.
    """
    staging, cut_off = folder / STAGING, []
    for path in checkpoints(staging):
        try:
            verify(path)
        except CheckpointError:
            cut_off.append(path)
        else:
            move_folder(path, folder / path.name)
    shutil.rmtree(staging, ignore_errors=True)
    return cut_off


def rotate(folder: Path, limit: int | None, keep: set[Path]) -> None:
    """Delete the oldest checkpoints, so that no more stay than asked for.

    Args:
        folder: the folder of the checkpoints.
        limit: how many may stay; None or 0 is all of them.
        keep: the newest complete one, and the best one: these stay whatever the limit.
    """
    if not limit:
        return
    kept = {path.resolve() for path in keep}
    others = [path for path in checkpoints(folder) if path.resolve() not in kept]
    others.sort(key=lambda path: path.stat().st_mtime)
    for path in others[: max(0, len(others) - max(0, limit - len(keep)))]:
        retire(path)


def retire(checkpoint: Path) -> None:
    """Delete a checkpoint; one that is cut off doing so leaves nothing under the checkpoint's name."""
    staging = checkpoint.parent / STAGING
    staging.mkdir(exist_ok=True)
    checkpoint.rename(staging / f"{checkpoint.name}.old")
    shutil.rmtree(staging, ignore_errors=True)


def newest(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Return the newest complete checkpoint of a folder and its manifest; a warning names each that is passed over.

    Args:
        folder: the folder of the checkpoints.

    Raises:
        CheckpointError: if no checkpoint is complete, with what is wrong with each.
    """
    faults = [f"{path} was incomplete: its save was cut off." for path in recover(folder)]
    for path in checkpoints(folder):
        try:
            manifest = resumable(path)
        except CheckpointError as error:
            faults.append(str(error))
            continue
        for fault in faults:
            logger.warning("%s Passed over; the training goes on from %s.", fault, path)
        return path, manifest
    reasons = "".join(f"\n  {fault}" for fault in faults)
    raise CheckpointError(
        f"{folder} holds no complete checkpoint to go on from. Begin anew, without resume_from_checkpoint.{reasons}"
    )


def resumable(checkpoint: Path) -> dict[str, Any]:
    """Return the manifest of a complete checkpoint that holds more than a model.

    Raises:
        CheckpointError: if it is incomplete, damaged, or a model alone.
    """
    manifest = verify(checkpoint)
    if not manifest.get("resumable"):
        raise CheckpointError(
            f"{checkpoint} holds a model alone (save_only_model=True): no training can go on from it, but a new one "
            "can begin with from_pretrained."
        )
    return manifest
