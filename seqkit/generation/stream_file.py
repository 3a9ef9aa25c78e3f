"""What a saved stream holds beside its state, and whether it fits a model."""

import json
import os
import zlib
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from seqkit.errors import StateError
from seqkit.generation.handover import HELD
from seqkit.models.state import RNNCache
from seqkit.models.state_file import read_notes

NOTE = "stream"
"""The name under which it stands in the file."""

COMPANY = 8
"""How many ids before a text it is decoded with, since some tokenizers put a space between words."""

FIELDS = (
    "cell", "cell_options", "vocab_size", "hidden_size", "num_hidden_layers", "input_size",
    "layer_norm", "residual", "learn_initial_state", "zoneout",
)  # fmt: skip
"""The fields of a configuration that decide what a state means."""


@dataclass
class Reading:
    """What a stream knows beside its state.

    Args:
        recent: the last ids that the state has seen.
        pending: the last id of the text, which it has not seen yet; empty before the first.
        held: how many of the last ids were written and not shown, since they are no whole character yet.
        window: how many of the recent ids logits processors see.
    """

    recent: list[int] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    held: int = 0
    window: int = 0

    @property
    def ids(self) -> list[int]:
        """All ids that are known."""
        return self.recent + self.pending

    @property
    def context(self) -> list[int]:
        """The ids that logits processors see beside the pending ones."""
        return self.recent[-self.window :] if self.window else []

    @property
    def tail(self) -> tuple[list[int], list[int]]:
        """Some ids in whose company the text that follows is decoded, and the ids that were not shown."""
        shown = len(self.ids) - self.held
        return self.ids[max(0, shown - COMPANY) : shown], self.ids[shown:]

    def read(self, ids: list[int]) -> None:
        """Remember new ids, of which all but the last have been seen."""
        known = self.ids + ids
        self.recent, self.pending = known[-self.kept - 1 : -1], known[-1:]

    @property
    def kept(self) -> int:
        """How many recent ids are kept."""
        return max(self.window, COMPANY + HELD)

    def copy(self) -> "Reading":
        """Return a copy that shares nothing with this one."""
        return Reading(list(self.recent), list(self.pending), self.held, self.window)

    def check(self, vocab_size: int) -> None:
        """Refuse what cannot be; raises a ValueError."""
        numbers = [*self.ids, self.held, self.window]
        if not all(type(n) is int and n >= 0 for n in numbers) or max(self.ids, default=0) >= vocab_size:
            raise ValueError("its ids are no token ids")
        if self.held > len(self.ids) or len(self.recent) > self.kept or len(self.pending) > 1:
            raise ValueError("its counts do not agree")


def fingerprint(model: Any) -> dict[str, Any]:
    """Return what makes a model's state its own: the fields that give it a meaning, and a checksum of the weights.

    Args:
        model: the language model.
    """
    return {name: getattr(model.config, name) for name in FIELDS} | {"weights": checksum(model)}


def checksum(model: Any) -> int:
    """Return the CRC-32 of a model's weights and buffers."""
    found = 0
    for _, tensor in sorted(model.state_dict().items(), key=lambda item: item[0]):
        if not isinstance(tensor, torch.Tensor):
            continue
        plain = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        found = zlib.crc32(plain.numpy().data, found)
    return found


def write(path: str | os.PathLike, cache: RNNCache, reading: Reading, model: Any) -> None:
    """Write a stream.

    Args:
        path: the file to write.
        cache: the state.
        reading: what else is known.
        model: the model that made the state.
    """
    note = {**asdict(reading), "model": fingerprint(model)}
    cache.save(path, {NOTE: json.dumps(note)})


def read(path: str | os.PathLike, model: Any) -> tuple[RNNCache, Reading]:
    """Read what `write` wrote.

    Args:
        path: the file to read.
        model: the model that is to go on.

    Returns:
        The state, on the CPU, and what else is known.

    Raises:
        StateError: if the file is no saved stream, or another model made it.
    """
    cache = RNNCache.load(path)
    note = read_notes(path).get(NOTE)
    if note is None:
        raise StateError(
            f"{path} is the state of a cache, without the text that is still to be read. "
            "Use Stream(model, cache=RNNCache.load(path)) and feed it, or save with stream.save(path)."
        )
    try:
        known = dict(json.loads(note))
        made_by = dict(known.pop("model"))
        reading = Reading(**known)
        check_model(path, made_by, fingerprint(model))
        reading.check(model.config.vocab_size)
    except StateError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise StateError(f"{path} is no stream that seqkit saved: {error}. Feed the text again.") from error
    return cache, reading


def check_model(path: str | os.PathLike, found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Refuse the state of another model.

    Raises:
        StateError: naming what differs.
    """
    for name, value in expected.items():
        if found.get(name) == value:
            continue
        if name == "weights":
            raise StateError(
                f"{path} was saved by a model of the same build with other weights. A state goes on only in the model "
                "that made it: load that, or feed the text again."
            )
        raise StateError(
            f"{path} was saved by a model with {name} {found.get(name)!r}; this one has {value!r}. "
            "A state goes on only in the model that made it."
        )
