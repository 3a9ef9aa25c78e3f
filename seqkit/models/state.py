"""The state between two calls: `RNNCache`, constant in size, and all that generation and users ask of it."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

from seqkit.cells.base import State
from seqkit.config import RNNConfig
from seqkit.errors import StateError
from seqkit.files import replacing

FORMAT = "seqkit-state-1"
OUTPUT = "output"
TOKENS = re.compile(r"[0-9]{1,18}")


def detach(state: tuple[State, ...]) -> tuple[State, ...]:
    """Cut the states of all layers off the graph: what truncated back-propagation carries to the next segment."""
    return tuple(tuple(tensor.detach() for tensor in layer) for layer in state)


def check_cache(cache: Any, config: RNNConfig) -> None:
    """Refuse what is no state of a model of this configuration; an empty cache without layers gets the model's.

    Raises:
        StateError: naming what was given.
    """
    if not isinstance(cache, RNNCache):
        raise StateError(f"past_key_values is a {type(cache).__name__}; expected a seqkit.RNNCache.")
    if config.bidirectional:
        raise StateError("past_key_values was given to a bidirectional model, which needs the whole text at once.")
    if not cache.layers:
        cache.layers.extend(RecurrentLayerState() for _ in range(config.num_hidden_layers))
    if len(cache.layers) != config.num_hidden_layers:
        raise StateError(
            f"past_key_values has {len(cache.layers)} layers; this model has {config.num_hidden_layers}. "
            "Use RNNCache(model.config)."
        )


class RecurrentLayerState(CacheLayerMixin):
    """The state of one layer: tensors (B, ·), and how many tokens it has seen."""

    is_croppable = False

    def __init__(self) -> None:
        super().__init__()
        self.state: State | None = None
        # What the last layer showed at each row's last real token (B, H): where new tokens are all padding for a
        # row, the scores of its next token still come from here.
        self.output: Tensor | None = None
        self.cumulative_length = 0

    def map(self, f: Callable[[Tensor], Tensor]) -> None:
        """Replace every tensor t by f(t). Tensors are never changed in place: somebody else may hold them."""
        if self.state is not None:
            self.state = tuple(f(tensor) for tensor in self.state)
        if self.output is not None:
            self.output = f(self.output)

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Do nothing: a recurrent state begins with the model's own, not with keys and values."""

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Refuse keys and values: a recurrent layer has none."""
        raise StateError(
            "RNNCache holds recurrent states, not keys and values. Give it to a seqkit model; "
            "for an attention model let generate() make its own cache."
        )

    def get_seq_length(self) -> int:
        """Return the number of tokens seen."""
        return self.cumulative_length

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Return length and offset of the mask that covers everything seen and the new tokens."""
        return self.cumulative_length + query_length, 0

    def get_max_length(self) -> int:
        """Return -1: the length has no limit."""
        return -1

    def reset(self) -> None:
        """Forget everything."""
        self.state, self.output, self.cumulative_length = None, None, 0

    def offload(self) -> None:
        """Move the state to the CPU."""
        self.map(lambda t: t.to("cpu", non_blocking=True))

    def prefetch(self) -> None:
        """Do nothing: the state is small enough to stay where it is."""

    def reorder_cache(self, beam_idx: Tensor) -> None:
        """Take the rows that beam search kept, in its order."""
        self.map(lambda t: t.index_select(0, beam_idx.to(t.device)))

    def batch_repeat_interleave(self, repeats: int) -> None:
        """Repeat every row: a b -> a a b b."""
        self.map(lambda t: t.repeat_interleave(repeats, 0))

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep some rows."""
        self.map(lambda t: t[indices.to(t.device)])

    def crop(self, tokens_to_remove: int) -> None:
        """Forget the last tokens; only none or all of them can be forgotten.

        Raises:
            StateError: if some but not all would have to be forgotten: a recurrent state cannot be run backwards.
        """
        if tokens_to_remove == 0:
            return
        if abs(tokens_to_remove) != self.cumulative_length:
            raise StateError(
                f"cannot remove {abs(tokens_to_remove)} of {self.cumulative_length} tokens from a recurrent state: "
                "it cannot be run backwards. Keep a cache.clone() from before and go on from that."
            )
        self.reset()


class RNNCache(Cache):
    """The recurrent state of a model between calls, as `past_key_values`.

    One entry per layer, each a tuple of tensors (B, ·); its size does not depend on how many tokens it has seen. It
    obeys all that `generate()` asks of a cache (reorder, select, repeat, reset), and can be cloned, detached, moved
    and saved.

    Args:
        num_layers: number of layers L, or the model's config; None leaves it to the first model that runs.

    Raises:
        StateError: by name, wherever an operation has no meaning for a recurrent state.

    Example:
        >>> cache = RNNCache(2)
        >>> len(cache), cache.get_seq_length()
        (2, 0)
    """

    def __init__(self, num_layers: Any = None) -> None:
        count = num_layers if isinstance(num_layers, int) else getattr(num_layers, "num_hidden_layers", 0)
        super().__init__(layers=[RecurrentLayerState() for _ in range(count)])

    @property
    def state(self) -> tuple[State, ...] | None:
        """The states of all layers, or None before the first token."""
        states = tuple(layer.state for layer in self.layers)
        return None if not states or any(state is None for state in states) else states

    @property
    def output(self) -> Tensor | None:
        """The last layer's output at each row's last real token (B, H), if a language model has run."""
        return self.layers[-1].output if self.layers else None

    @output.setter
    def output(self, output: Tensor) -> None:
        self.layers[-1].output = output

    @property
    def batch_size(self) -> int:
        """Rows B, or -1 before the first token."""
        return -1 if self.state is None else self.state[0][0].shape[0]

    def store(self, state: tuple[State, ...], num_tokens: int) -> None:
        """Take the states of all layers after `num_tokens` more tokens."""
        for layer, new in zip(self.layers, state, strict=True):
            layer.state = new
            layer.cumulative_length += num_tokens

    def clone(self) -> "RNNCache":
        """Return a copy that shares nothing with this one: the way to branch."""
        return self._mapped(lambda t: t.clone())

    def detach(self) -> "RNNCache":
        """Return a copy that is cut off the graph."""
        return self._mapped(lambda t: t.detach())

    def to(self, *args: Any, **kwargs: Any) -> "RNNCache":
        """Return a copy on another device or in another dtype, as `Tensor.to` takes them."""
        return self._mapped(lambda t: t.to(*args, **kwargs))

    def _mapped(self, f: Callable[[Tensor], Tensor]) -> "RNNCache":
        other = RNNCache(len(self.layers))
        for mine, theirs in zip(self.layers, other.layers, strict=True):
            theirs.state, theirs.output = mine.state, mine.output
            theirs.cumulative_length = mine.cumulative_length
            theirs.map(f)
        return other

    def save(self, path: str | os.PathLike) -> None:
        """Write the state as safetensors, whole or not at all.

        Args:
            path: the file to write.

        Raises:
            StateError: if there is no state yet.
        """
        if self.state is None:
            raise StateError("this cache has seen no token yet: there is no state to save. Run the model first.")
        tensors = {f"{i}.{j}": tensor for i, layer in enumerate(self.state) for j, tensor in enumerate(layer)}
        if self.output is not None:
            tensors[OUTPUT] = self.output
        tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
        metadata = {"format": FORMAT, "tokens": str(self.get_seq_length())}
        with replacing(Path(path)) as temporary:
            save_file(tensors, temporary, metadata)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "RNNCache":
        """Read what `save` wrote.

        Args:
            path: the file to read.

        Returns:
            The cache, on the CPU.

        Raises:
            StateError: if the file is not a state that seqkit saved, or holds a value that is not finite.
        """
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT or not TOKENS.fullmatch(metadata.get("tokens", "")):
                    raise StateError(f"{path} is no state that this seqkit wrote (format {metadata.get('format')!r}).")
                # Cloned: in the file's own memory they lie unaligned, and products may differ in the last bit.
                tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (not a mapping)
        except (OSError, SafetensorError) as error:
            raise StateError(f"cannot read a state from {path}: {error}. Save one with cache.save(path).") from error
        return cls._from_tensors(tensors, int(metadata["tokens"]), path)

    @classmethod
    def _from_tensors(cls, tensors: dict[str, Tensor], tokens: int, path: str | os.PathLike) -> "RNNCache":
        """Put tensors named `layer.part` back in their places."""
        for name, tensor in tensors.items():
            if not tensor.dim() or not torch.isfinite(tensor).all():
                raise StateError(f"{path}: the tensor {name!r} has no batch axis or is not finite.")
        rest = dict(tensors)
        layers: list[State] = []
        output = rest.pop(OUTPUT, None)
        while f"{len(layers)}.0" in rest:
            parts: list[Tensor] = []
            while (name := f"{len(layers)}.{len(parts)}") in rest:
                parts.append(rest.pop(name))
            layers.append(tuple(parts))
        if rest or not layers or len({len(tensor) for tensor in tensors.values()}) > 1:
            raise StateError(
                f"{path}: the tensors {sorted(tensors)} are not the parts of one state, or differ in rows."
            )
        cache = cls(len(layers))
        cache.store(tuple(layers), tokens)
        if output is not None:
            cache.output = output
        return cache
