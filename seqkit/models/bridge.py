"""The bridge: a decoder's first state, made of an encoder's last."""

import math
from typing import Any

import torch
from torch import nn

from seqkit.cells.base import State
from seqkit.config import RNNConfig
from seqkit.errors import ConfigError
from seqkit.models.layers import RNNLayer


class Bridge(nn.Module):
    """Makes the first state of each decoder layer of the last state of the encoder layer beside it.

    Layers are paired from the top. Where the decoder has more, the lowest encoder layer serves several.

    Args:
        encoder: the encoder's layers, the first one first.
        decoder: the decoder's layers.
    """

    def __init__(self, encoder: list[RNNLayer], decoder: list[RNNLayer]) -> None:
        super().__init__()
        surplus = len(encoder) - len(decoder)
        self.pairs = [max(0, index + surplus) for index in range(len(decoder))]

    def forward(self, state: tuple[State, ...], layers: list[RNNLayer]) -> tuple[State, ...]:
        """Make the decoder's first state.

        Args:
            state: the encoder's last, a tuple over layers of tensors (B, ·): the forward cell's, then the backward's.
            layers: the decoder's layers.

        Returns:
            A tuple over the decoder's layers of tensors (B, ·).
        """
        return tuple(self.cross(i, state[pair], layers[i]) for i, pair in enumerate(self.pairs))

    def cross(self, index: int, state: State, layer: RNNLayer) -> State:
        """Make the first state of one layer; here, by taking the encoder's as it is."""
        return state


class LinearBridge(Bridge):
    """Maps each tensor: s = tanh(W [all of the encoder layer's tensors] + b).

    Source: Bahdanau, Cho & Bengio, Neural Machine Translation by Jointly Learning to Align and Translate, 2015, whose
    s_0 is such a map of the backward state.

    Args:
        encoder: the encoder's layers.
        decoder: the decoder's layers.
    """

    def __init__(self, encoder: list[RNNLayer], decoder: list[RNNLayer]) -> None:
        super().__init__(encoder, decoder)
        self.maps = nn.ModuleList(
            nn.ModuleList(nn.Linear(width(encoder[pair]), math.prod(shape)) for shape in shapes(layer))
            for pair, layer in zip(self.pairs, decoder, strict=True)
        )

    def cross(self, index: int, state: State, layer: RNNLayer) -> State:
        """Map the encoder layer's state onto every tensor of this one's."""
        summary = torch.cat([tensor.flatten(1) for tensor in state], -1)
        maps: Any = self.maps[index]
        return tuple(
            torch.tanh(each(summary)).view(-1, *shape).to(summary.dtype)
            for each, shape in zip(maps, shapes(layer), strict=True)
        )


class StepBridge(Bridge):
    """Lets the decoder layer read x = tanh(W [all of the encoder layer's tensors] + b) before its first token.

    What a step makes is a state of the cell whatever its tensors mean: a map could make a normaliser that is negative.

    Args:
        encoder: the encoder's layers.
        decoder: the decoder's layers.
    """

    def __init__(self, encoder: list[RNNLayer], decoder: list[RNNLayer]) -> None:
        super().__init__(encoder, decoder)
        self.maps = nn.ModuleList(
            nn.Linear(width(encoder[pair]), layer.input_size) for pair, layer in zip(self.pairs, decoder, strict=True)
        )

    def cross(self, index: int, state: State, layer: RNNLayer) -> State:
        """Take one step on what was learnt to tell of the encoder."""
        summary = torch.cat([tensor.flatten(1) for tensor in state], -1)
        (cell,) = layer.directions
        x = torch.tanh(self.maps[index](summary))
        _, made = cell.step(cell.project(x[:, None])[:, 0], layer.init_state(len(x)))
        return tuple(tensor.to(summary.dtype) for tensor in made)


BRIDGES: dict[str, type[Bridge]] = {"copy": Bridge, "linear": LinearBridge, "step": StepBridge}
"""The kinds of bridge by the names that a configuration gives them."""


def build_bridge(config: RNNConfig, encoder: list[RNNLayer], decoder: list[RNNLayer]) -> Bridge | None:
    """Build the bridge that a configuration names, or chooses by None; None if it names none.

    Args:
        config: that of the encoder-decoder.
        encoder: the encoder's layers.
        decoder: the decoder's layers.

    Raises:
        ConfigError: if a plain copy is asked for, and the states of both sides differ.
    """
    if config.bridge == "none":
        return None
    fits = agree(config, encoder, decoder)
    if config.bridge == "copy" and not fits:
        raise ConfigError(
            "bridge is 'copy', but encoder and decoder differ in cell, options, layers or directions, so that their "
            "states do not mean the same. Use bridge='linear' or 'step', or leave it None."
        )
    if config.bridge is not None:
        return BRIDGES[config.bridge](encoder, decoder)
    if fits:
        return Bridge(encoder, decoder)
    zeros = all(not tensor.any() for layer in decoder for cell in layer.directions for tensor in fresh(cell))
    return (LinearBridge if zeros else StepBridge)(encoder, decoder)


def agree(config: RNNConfig, encoder: list[RNNLayer], decoder: list[RNNLayer]) -> bool:
    """Tell whether a state of the encoder is one of the decoder."""
    other = config.decoder_cell is not None and (
        config.decoder_cell != config.cell or (config.decoder_cell_options or {}) != config.cell_options
    )
    return not other and not config.bidirectional and len(encoder) == len(decoder)


def fresh(cell: Any) -> State:
    """Return a cell's first state (1, ·), off the meta device."""
    return cell.rebuild().init_state(1)


def shapes(layer: RNNLayer) -> list[tuple[int, ...]]:
    """Return the shapes of a layer's state without the batch."""
    return [tuple(tensor.shape[1:]) for tensor in layer.init_state(1)]


def width(layer: RNNLayer) -> int:
    """Return how many numbers a layer's state has for each row."""
    return sum(math.prod(shape) for shape in shapes(layer))
