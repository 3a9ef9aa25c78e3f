"""Strict loading: a checkpoint is checked tensor by tensor before any of it is used."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import PreTrainedModel

from seqkit.annotations import show
from seqkit.errors import CheckpointError
from seqkit.manifest import MANIFEST, verify
from seqkit.reading import check_links, read_object

BACKBONE = {"embed_tokens", "characters", "input_projection", "layers", "encoder", "bridge", "decoder"}
"""The children of `RNNModel`, and the sides of an encoder-decoder; every other tensor belongs to a head."""

FLOATS = {torch.float64, torch.float32, torch.float16, torch.bfloat16}
"""Types that weights are saved in; they are converted to the model's own."""


def check_folder(folder: str, variant: str | None, subfolder: str = "") -> None:
    """Check a local folder before anything in it is opened as a model.

    Without safetensors it is refused: what else holds weights there would be a pickle, which is code.

    Args:
        folder: what `from_pretrained` was given; a hub name passes.
        variant: the file variant asked for.
        subfolder: the part of it that holds the model.

    Raises:
        CheckpointError: naming the file that is missing, damaged, changed, or leads out of the folder.
    """
    path = Path(folder, subfolder)
    if not path.is_dir():
        return
    check_links(Path(folder), *([subfolder] if subfolder else []))
    if not any(path.glob("*.safetensors*")):
        raise CheckpointError(_without_weights(path, variant))
    for index in sorted(path.glob("*.index*.json")):
        check_index(index)
    weights = sorted(path.glob("model*.safetensors"))
    for file in weights:
        check_header(file)
    if (path / MANIFEST).is_file():
        verify(path, [file.name for file in weights])


def _without_weights(path: Path, variant: str | None) -> str:
    names = sorted(file.name for file in path.iterdir())
    pickles = [name for name in names if name.endswith((".bin", ".pt", ".pth", ".pkl"))]
    reason = f"{', '.join(pickles)} is a pickle, which can run code, and is not opened. " if pickles else ""
    return (
        f"{path} holds no model{'.' + variant if variant else ''}.safetensors. {reason}"
        f"Found: {', '.join(names) or 'nothing'}. Save the model with save_pretrained()."
    )


def check_index(index: Path) -> None:
    """Refuse an index that is malformed or names shards outside its own folder.

    Args:
        index: the file that tells which shard holds which tensor.

    Raises:
        CheckpointError: naming the file and the tensor.
    """
    found = read_object(index)
    shards = found.get("weight_map")
    if not isinstance(shards, dict) or not shards or not isinstance(found.get("metadata"), dict):
        raise CheckpointError(f"{index} is no index of shards: it lacks weight_map or metadata. Save the model again.")
    for name, shard in shards.items():
        # Either separator, whatever the machine: the file may come from another.
        if not isinstance(shard, str) or not shard.endswith(".safetensors") or set(shard) & set("/\\\0"):
            raise CheckpointError(
                f"{index}: the tensor {show(name)} is in {show(shard)}; expected a .safetensors file in the same "
                "folder."
            )
        if not (index.parent / shard).is_file():
            raise CheckpointError(f"{index}: the tensor {show(name)} is in {show(shard)}, which is missing. Copy it.")


def check_header(path: Path) -> None:
    """Refuse a file that is not whole, or that says it is for another library than torch.

    One that says nothing is let through: safetensors writes no note of its own accord.

    Raises:
        CheckpointError: naming the file.
    """
    try:
        with safe_open(path, framework="pt") as file:
            made_for = (file.metadata() or {}).get("format", "pt")
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is not a whole safetensors file: {error}. Copy or save it again.") from error
    if made_for != "pt":
        raise CheckpointError(f"{path} says that it is of the format {show(made_for)}; expected 'pt'. Save it again.")


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
        place = "the checkpoint"
        for file, name, tensor in tensors:
            place = file
            if self.key(name) in seen:
                raise CheckpointError(
                    f"{file}: the tensor {show(name)} is there twice, and no one can tell which counts."
                )
            seen.add(self.key(name))
            self.check_one(file, name, tensor)
            if self.key(name) in {*self.tied, *self.tied.values()}:
                pairs[self.key(name)] = tensor
        self.check_tied(pairs, place)
        for key in sorted(self.expected.keys() - seen):
            if self.is_strict(key):
                raise CheckpointError(
                    f"{place} lacks the tensor {show(key)} of shape {tuple(self.expected[key].shape)}. "
                    "Its config.json and its weights do not belong together."
                )

    def check_tied(self, pairs: dict[str, Tensor], place: str) -> None:
        """Check that tied weights which are both there are equal; transformers would quietly untie them."""
        for name, source in self.tied.items():
            if name in pairs and source in pairs and not torch.equal(pairs[name], pairs[source]):
                raise CheckpointError(
                    f"{place}: the tensors {show(name)} and {show(source)} differ, but tie_word_embeddings says that "
                    "they are one. Set it to false in config.json."
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
                    f"{file}: the tensor {show(name)} is not one of this model's. Is config.json its own?"
                )
            return
        resizable = self.resize_head and key.split(".")[0] not in BACKBONE
        if tensor.shape != expected.shape and not resizable:
            raise CheckpointError(
                f"{file}: the tensor {show(name)} has shape {tuple(tensor.shape)}; expected {tuple(expected.shape)}. "
                "For a head with other labels pass ignore_mismatched_sizes=True."
            )
        kinds = FLOATS if expected.is_floating_point() else {expected.dtype}
        if tensor.dtype not in kinds:
            raise CheckpointError(f"{file}: the tensor {show(name)} is {tensor.dtype}; expected {expected.dtype}.")
        # As the model will hold it: a number may be finite in the file, and too large for the model's type.
        if not torch.isfinite(tensor.to(expected.dtype)).all():
            raise CheckpointError(f"{file}: the tensor {show(name)} holds NaN or infinity. Take an earlier checkpoint.")


def check_tensors(model: Any, state_dict: dict[str, Tensor] | None, files: list[str] | None, resize_head: bool) -> None:
    """Check what a model is about to load, from files or from a state dict."""
    tensors = read_tensors(files or []) if state_dict is None else (("state_dict", k, v) for k, v in state_dict.items())
    Checker(model, resize_head).check(tensors)
