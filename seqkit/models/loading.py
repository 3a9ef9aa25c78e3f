"""Strict loading: a checkpoint is checked tensor by tensor before any of it is used."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import PreTrainedModel

from seqkit.errors import CheckpointError

BACKBONE = {"embed_tokens", "characters", "input_projection", "layers", "encoder", "bridge", "decoder"}
"""The children of `RNNModel`, and the sides of an encoder-decoder; every other tensor belongs to a head."""


def check_folder(folder: str, variant: str | None) -> None:
    """Refuse a local folder without safetensors: what else holds weights there would be a pickle, which is code.

    Args:
        folder: what `from_pretrained` was given; a hub name passes.
        variant: the file variant asked for.

    Raises:
        CheckpointError: telling what is in the folder.
    """
    path = Path(folder)
    if path.is_dir():
        for index in path.glob("*.index*.json"):
            check_index(index)
    if not path.is_dir() or any(path.glob("*.safetensors*")):
        return
    names = sorted(file.name for file in path.iterdir())
    pickles = [name for name in names if name.endswith((".bin", ".pt", ".pth", ".pkl"))]
    reason = f"{', '.join(pickles)} is a pickle, which can run code, and is not opened. " if pickles else ""
    raise CheckpointError(
        f"{folder} holds no model{'.' + variant if variant else ''}.safetensors. {reason}"
        f"Found: {', '.join(names) or 'nothing'}. Save the model with save_pretrained()."
    )


def check_index(index: Path) -> None:
    """Refuse an index that is malformed or names shards outside its own folder.

    Args:
        index: the file that tells which shard holds which tensor.

    Raises:
        CheckpointError: naming the file and the tensor.
    """
    try:
        shards = dict(json.loads(index.read_text(encoding="utf-8"))["weight_map"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{index} is no index of shards: {error!r}. Copy or save the model again.") from error
    for name, shard in shards.items():
        # Either separator, whatever the machine: the file may come from another.
        if not isinstance(shard, str) or not shard.endswith(".safetensors") or "/" in shard or "\\" in shard:
            raise CheckpointError(
                f"{index}: the tensor {name!r} is in {shard!r}; expected a .safetensors file in the same folder."
            )
        if not (index.parent / shard).is_file():
            raise CheckpointError(f"{index}: the tensor {name!r} is in {shard!r}, which is missing. Copy it too.")


def read_tensors(files: list[str]) -> Iterator[tuple[str, str, Tensor]]:
    """Read file, name and tensor of everything in some safetensors files.

    Raises:
        CheckpointError: if a file is not whole safetensors.
    """
    for path in files:
        try:
            with safe_open(path, framework="pt") as file:
                for name in file.keys():  # noqa: SIM118 (safe_open is no mapping)
                    yield path, name, file.get_tensor(name)
        except (SafetensorError, OSError) as error:
            raise CheckpointError(f"{path} is not a whole safetensors file: {error}. Copy or save it again.") from error


class Checker:
    """Compares the tensors of a checkpoint with those that a model expects.

    The backbone must fit exactly. The head must too if the checkpoint was saved by this very class; else its tensors
    may be new or left over, and transformers lists them in one warning.

    Args:
        model: the model about to be loaded, possibly still on the meta device.
        resize_head: whether head tensors of another shape are let through (`ignore_mismatched_sizes`).
    """

    def __init__(self, model: PreTrainedModel, resize_head: bool) -> None:
        self.prefix = f"{model.base_model_prefix}."
        tied = getattr(model, "all_tied_weights_keys", None) or {}
        self.expected = {self.key(name): tensor for name, tensor in model.state_dict().items() if name not in tied}
        self.tied = {self.key(name): self.key(source) for name, source in tied.items()}
        self.own_head = type(model).__name__ in (model.config.architectures or ())
        self.resize_head = resize_head

    def key(self, name: str) -> str:
        """Return a tensor's name without the prefix that tells a head's backbone from a bare one."""
        return name.removeprefix(self.prefix)

    def check(self, tensors: Iterator[tuple[str, str, Tensor]]) -> None:
        """Check all tensors of a checkpoint.

        Raises:
            CheckpointError: naming the first tensor that is missing, extra, misshaped, wrongly typed or not finite.
        """
        seen: set[str] = set()
        pairs: dict[str, Tensor] = {}
        for file, name, tensor in tensors:
            if self.key(name) in seen:
                raise CheckpointError(f"{file}: the tensor {name!r} is there twice, and no one can tell which counts.")
            seen.add(self.key(name))
            self.check_one(file, name, tensor)
            if self.key(name) in {*self.tied, *self.tied.values()}:
                pairs[self.key(name)] = tensor
        self.check_tied(pairs)
        for key in self.expected.keys() - seen:
            if self.is_strict(key):
                raise CheckpointError(
                    f"the checkpoint lacks the tensor {key!r} of shape {tuple(self.expected[key].shape)}. "
                    "Its config.json and its weights do not belong together."
                )

    def check_tied(self, pairs: dict[str, Tensor]) -> None:
        """Check that tied weights which are both there are equal; transformers would quietly untie them."""
        for name, source in self.tied.items():
            if name in pairs and source in pairs and not torch.equal(pairs[name], pairs[source]):
                raise CheckpointError(
                    f"the tensors {name!r} and {source!r} differ, but tie_word_embeddings says that they are one. "
                    "Set it to false in config.json."
                )

    def is_strict(self, key: str) -> bool:
        """Tell whether this tensor must be there and fit."""
        return self.own_head or key.split(".")[0] in BACKBONE

    def check_one(self, file: str, name: str, tensor: Tensor) -> None:
        """Check one tensor of the checkpoint."""
        key = self.key(name)
        expected = self.expected.get(key)
        if expected is None:
            if self.is_strict(key) and key not in self.tied:
                raise CheckpointError(
                    f"{file}: the tensor {name!r} is not one of this model's. Is config.json its own?"
                )
            return
        resizable = self.resize_head and key.split(".")[0] not in BACKBONE
        if tensor.shape != expected.shape and not resizable:
            raise CheckpointError(
                f"{file}: the tensor {name!r} has shape {tuple(tensor.shape)}; expected {tuple(expected.shape)}. "
                "For a head with other labels pass ignore_mismatched_sizes=True."
            )
        if tensor.is_floating_point() != expected.is_floating_point():
            raise CheckpointError(f"{file}: the tensor {name!r} is {tensor.dtype}; expected {expected.dtype}.")
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{file}: the tensor {name!r} holds NaN or infinity. Take an earlier checkpoint.")


def check_tensors(model: Any, state_dict: dict[str, Tensor] | None, files: list[str] | None, resize_head: bool) -> None:
    """Check what a model is about to load, from files or from a state dict."""
    tensors = read_tensors(files or []) if state_dict is None else (("state_dict", k, v) for k, v in state_dict.items())
    Checker(model, resize_head).check(tensors)
