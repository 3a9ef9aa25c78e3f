"""The state between two calls: `RNNCache`, constant in size, and all that generation and users ask of it."""

import os
from collections.abc import Callable
from typing import Any

from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

from seqkit.cells.base import State
from seqkit.config import RNNConfig
from seqkit.errors import StateError
from seqkit.models.attention import Memory
from seqkit.models.rollback import Rollback
from seqkit.models.state_file import read_tensors, write_tensors

OUTPUT, REPLAY, REPLAY_MASK = "output", "replay", "replay_mask"

Content = tuple[State | None, Tensor | None, int]
"""What a layer holds: its state, the output it last showed, and how many tokens it has seen."""


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
    if cache.state is None:
        cache.cell = config.cell
    elif cache.cell != config.cell:
        raise StateError(
            f"past_key_values is the state of a model with the cell {cache.cell!r}; this one has {config.cell!r}. "
            "A state goes on only in the model that made it."
        )


class RecurrentLayerState(CacheLayerMixin):
    """The state of one layer: tensors (B, ·), and how many tokens it has seen."""

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

    @property
    def content(self) -> Content:
        """All that the layer holds."""
        return self.state, self.output, self.cumulative_length

    @content.setter
    def content(self, content: Content) -> None:
        self.state, self.output, self.cumulative_length = content


class RNNCache(Cache):
    """The recurrent state of a model between calls, as `past_key_values`.

    One entry per layer, each a tuple of tensors (B, ·); its size does not depend on how many tokens it has seen. It
    obeys all that `generate()` asks of a cache (reorder, select, repeat, reset, and crop where it was told to keep
    what it was), and can be cloned, detached, moved and saved.

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
        self.cell: str | None = getattr(num_layers, "cell", None)
        self.rollback = Rollback()
        # What a decoder looks at, made ready once for all steps; the same rows as the state.
        self.memory: Memory | None = None
        # How many tokens of the ids that assisted decoding hands over first have been seen.
        self.known = 0

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

    @property
    def is_croppable(self) -> bool:
        """Whether what is read can be taken back: only while `activate_past_recording` is on."""
        return self.rollback.recording

    def read(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Put before an input (B, T, D) what `crop` left to be read again; see `Rollback.read`."""
        return self.rollback.read([layer.content for layer in self.layers], self.get_seq_length(), x, mask)

    def store(self, state: tuple[State, ...], num_tokens: int) -> None:
        """Take the states of all layers after `num_tokens` more tokens."""
        self.rollback.replay = None
        for layer, new in zip(self.layers, state, strict=True):
            layer.state = new
            layer.cumulative_length += num_tokens

    def activate_past_recording(self) -> None:
        """Keep what the state was before each run from now on, so that `crop` can go back there."""
        self.rollback.recording = True

    def crop(self, tokens_to_remove: int) -> None:
        """Take back the last tokens; what was kept for earlier ones is then forgotten.

        Args:
            tokens_to_remove: how many, also as a negative number, as transformers gives it.

        Raises:
            StateError: if the state of that moment was not kept.
        """
        length = self.get_seq_length() - abs(tokens_to_remove)
        if tokens_to_remove == 0:
            self.rollback.moments = []
        elif length == 0:
            self.reset()
        elif (moment := self.rollback.back_to(length)) is not None:
            for layer, content in zip(self.layers, moment.before, strict=True):
                layer.content = (*content[:2], length)
        else:
            raise StateError(
                f"cannot remove {abs(tokens_to_remove)} of {self.get_seq_length()} tokens from a recurrent state: it "
                "cannot be run backwards. Call cache.activate_past_recording() before reading what may be taken back, "
                "or keep a cache.clone() and go on from that."
            )

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self.rollback.moments, self.rollback.replay, self.memory = [], None, None

    def reorder_cache(self, beam_idx: Tensor) -> None:
        """Take the rows that beam search kept, in its order."""
        super().reorder_cache(beam_idx)
        self._map_rest(lambda t: t.index_select(0, beam_idx.to(t.device)))

    def batch_repeat_interleave(self, repeats: int) -> None:
        """Repeat every row: a b -> a a b b."""
        super().batch_repeat_interleave(repeats)
        self._map_rest(lambda t: t.repeat_interleave(repeats, 0))

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep some rows."""
        super().batch_select_indices(indices)
        self._map_rest(lambda t: t[indices.to(t.device)])

    def _map_rest(self, f: Callable[[Tensor], Tensor]) -> None:
        """Replace every tensor t that is no layer's by f(t)."""
        self.rollback.map(f)
        self.memory = None if self.memory is None else self.memory.map(f)

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
        other.cell = self.cell
        other.rollback.replay = self.rollback.replay
        other.memory = self.memory
        other._map_rest(f)
        for mine, theirs in zip(self.layers, other.layers, strict=True):
            theirs.content = mine.content
            theirs.map(f)
        return other

    def save(self, path: str | os.PathLike, notes: dict[str, str] | None = None) -> None:
        """Write the state as safetensors, whole or not at all.

        Args:
            path: the file to write.
            notes: strings by name that are to stand beside it; `state_file.read_notes` reads them.

        Raises:
            StateError: if there is no state yet.
        """
        if self.state is None:
            raise StateError("this cache has seen no token yet: there is no state to save. Run the model first.")
        tensors = {f"{i}.{j}": tensor for i, layer in enumerate(self.state) for j, tensor in enumerate(layer)}
        x, mask = self.rollback.replay or (None, None)
        extra = {OUTPUT: self.output, REPLAY: x, REPLAY_MASK: None if mask is None else mask.byte()}
        tensors |= {name: tensor for name, tensor in extra.items() if tensor is not None}
        write_tensors(path, tensors, self.get_seq_length(), self.cell or "", notes)

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
        tensors, tokens, cell = read_tensors(path)
        rest = dict(tensors)
        output, replay, mask = (rest.pop(name, None) for name in (OUTPUT, REPLAY, REPLAY_MASK))
        layers: list[State] = []
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
        cache.cell = cell
        if output is not None:
            cache.output = output
        if replay is not None:
            cache.rollback.replay = replay, None if mask is None else mask.bool()
        return cache
