"""A state as a file: named tensors in safetensors, written whole or not at all, and checked when read."""

import os
import re
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from seqkit.errors import StateError
from seqkit.files import replacing

FORMAT = "seqkit-state-2"
TOKENS = re.compile(r"[0-9]{1,18}")


def write_tensors(
    path: str | os.PathLike, tensors: dict[str, Tensor], tokens: int, cell: str, notes: dict[str, str] | None = None
) -> None:
    """Write a state.

    Args:
        path: the file to write.
        tensors: the parts by name, each with the batch as first axis.
        tokens: how many tokens the state has seen.
        cell: name of the cell that made the state.
        notes: what else is to stand in the file, for `read_notes`.
    """
    # Cloned: two parts may be one tensor, which safetensors refuses.
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    with replacing(Path(path)) as temporary:
        save_file(tensors, temporary, {**(notes or {}), "format": FORMAT, "tokens": str(tokens), "cell": cell})


def read_notes(path: str | os.PathLike) -> dict[str, str]:
    """Read all that stands in a state's file beside the tensors.

    Args:
        path: a file that `read_tensors` has read.
    """
    with safe_open(path, framework="pt") as file:
        return file.metadata() or {}


def read_tensors(path: str | os.PathLike) -> tuple[dict[str, Tensor], int, str]:
    """Read what `write_tensors` wrote.

    Args:
        path: the file to read.

    Returns:
        The parts by name, the number of tokens seen, and the cell's name.

    Raises:
        StateError: if the file is no state of this version of the format, or holds a value that is not finite.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tokens = check_metadata(metadata, path)
            # Cloned: in the file's own memory they lie unaligned, and products may differ in the last bit.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except (OSError, SafetensorError) as error:
        raise StateError(f"cannot read a state from {path}: {error}. Save one with cache.save(path).") from error
    for name, tensor in tensors.items():
        if not tensor.dim() or not torch.isfinite(tensor).all():
            raise StateError(f"{path}: the tensor {name!r} has no batch axis or is not finite.")
    return tensors, tokens, metadata.get("cell", "")


def check_metadata(metadata: dict[str, str], path: str | os.PathLike) -> int:
    """Return how many tokens the state of a file has seen.

    Raises:
        StateError: if another version of the format, or something else altogether, wrote the file.
    """
    found = metadata.get("format")
    if found != FORMAT and str(found).startswith("seqkit-state-"):
        raise StateError(
            f"{path} was saved in the format {found!r}; this seqkit reads {FORMAT!r}. Feed the text again."
        )
    if found != FORMAT or not TOKENS.fullmatch(metadata.get("tokens", "")):
        raise StateError(f"{path} is no state that seqkit wrote (format {found!r}). Save one with cache.save(path).")
    return int(metadata["tokens"])
