"""What goes into a graph: names, axes and kinds, and tensors of any size to try it with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Sizes = Mapping[str, int]
"""How long each axis is that may vary: B rows, T tokens, C characters of a word."""


@dataclass(frozen=True)
class Port:
    """One input of a graph.

    Args:
        name: as the graph calls it.
        axes: a name for an axis of any length, a number for one of this length.
        count: how many ids there are, for ids; None for numbers.
    """

    name: str
    axes: tuple[str | int, ...]
    count: int | None = None

    def spec(self, dims: Mapping[str, Any]) -> dict[int, Any]:
        """Return the axes that may vary, as `torch.export` wants them."""
        return {place: dims[axis] for place, axis in enumerate(self.axes) if isinstance(axis, str)}

    def sample(self, sizes: Sizes) -> Tensor:
        """Make random ids or numbers."""
        shape = [sizes[axis] if isinstance(axis, str) else axis for axis in self.axes]
        return torch.randn(shape) if self.count is None else torch.randint(self.count, shape)


def ports(model: Any, one_step: bool, stateful: bool) -> list[Port]:
    """Return the inputs of a model's graph, in order.

    Args:
        model: the model.
        one_step: whether one token of each row is read, (B, ·), in place of rows with their mask (B, T, ·).
        stateful: whether the state goes in.
    """
    config, axes = model.config, ("B",) if one_step else ("B", "T")
    found = [
        Port("input_features", (*axes, config.num_features))
        if config.num_features
        else Port("input_ids", axes, config.vocab_size or config.character_vocab_size)
    ]
    if not one_step:
        found.append(Port("attention_mask", axes, 2))
    if config.character_vocab_size:
        found.append(Port("character_ids", (*axes, "C"), config.character_vocab_size))
    return [*found, *(Port(name, ("B", width)) for name, width in (state_widths(model) if stateful else {}).items())]


def state_widths(model: Any) -> dict[str, int]:
    """Return the width of each tensor of the state by its name: `state.LAYER.TENSOR`."""
    return {name: row.shape[1] for name, row in start(model).items()}


def start(model: Any) -> dict[str, Tensor]:
    """Return the state before the first token, tensors (1, ·) by their names."""
    layers = [layer.init_state(1) for layer in model.rnn_layers]
    return {f"state.{i}.{j}": row for i, state in enumerate(layers) for j, row in enumerate(state)}


def samples(given: Sequence[Port], sizes: Sizes) -> list[Tensor]:
    """Make an input for each port; the mask is ragged in every way, an empty row among them, if there is room."""
    found = {port.name: port.sample(sizes) for port in given}
    if "attention_mask" in found:
        mask = found["attention_mask"]
        for row, kind in enumerate((1, 2, 3, 0, 4)):
            if row < len(mask):
                mask[row] = padding(kind, mask.shape[1])
        poison(found, mask == 0)
    if "character_ids" in found:
        # A word's characters stand on the left, and 0, which is none, behind them alone.
        characters = found["character_ids"].clamp_(min=1)
        lengths = torch.randint(characters.shape[-1] + 1, characters.shape[:-1])
        characters[torch.arange(characters.shape[-1]) >= lengths[..., None]] = 0
    return list(found.values())


def poison(inputs: Mapping[str, Tensor], padded: Tensor) -> None:
    """Put what is no number, and no id, where nothing is real (B, T): nobody must look there."""
    if "input_features" in inputs:
        inputs["input_features"][padded] = torch.nan
    if "input_ids" in inputs:
        inputs["input_ids"][padded] = -(10**6)


def padding(kind: int, length: int) -> Tensor:
    """Return a mask (T,): 0 nothing is real, 1 all, 2 padded on the right, 3 on the left, 4 anywhere."""
    places = torch.arange(length)
    kinds = places < 0, places >= 0, places < (length + 1) // 2, places >= length // 2, places % 3 == 1
    return kinds[kind].long()
