"""A model that reads the characters of words, in two graphs: one reads words, and the other is given what they say.

A word that stands many times in a batch is read once so, and short words are not padded to the longest.
"""

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqkit.export.ports import Port
from seqkit.runtime.graph import Arrays, Graph
from seqkit.runtime.words import Words
from seqkit.words import character_size

IDS, VECTORS = "character_ids", "character_vectors"


class CharacterGraph(nn.Module):
    """The character encoder of a model: words (B, C) in, vectors (B, S) out.

    Args:
        model: the model.
    """

    outputs = (VECTORS,)

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.encoder, self.cell = model.base_model.characters, model.config.cell

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Return the vectors of words, from one tensor: tensors in the order of their ports, as of every graph."""
        return tuple(map(self.encoder.read, tensors))


class WordsRead(nn.Module):
    """A model that is given the vectors of words' characters in the place of the characters.

    Args:
        model: the model, which is left as it is.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = copy.deepcopy(model)
        self.embed, self.config = self.model.base_model.embed_tokens, self.model.config
        # What is left of it reads vectors: those of words, and behind them those of their characters.
        self.config.num_features, self.config.character_vocab_size = self.config.input_size, None
        self.model.base_model.characters = None

    @property
    def rnn_layers(self) -> Any:
        """The recurrent layers."""
        return self.model.rnn_layers

    def forward(
        self, input_ids: Tensor, character_vectors: Tensor, attention_mask: Tensor | None = None, **other: Any
    ) -> Any:
        """Run the model; arguments are its own but for `character_vectors` (B, T, S)."""
        x = character_vectors
        if self.embed is not None:
            # What stands in padding may be no id at all.
            ids = input_ids if attention_mask is None else input_ids.masked_fill(attention_mask == 0, 0)
            x = torch.cat([self.embed(ids), x], -1)
        return self.model(input_features=x, attention_mask=attention_mask, **other)


def word_ports(model: Any) -> list[Port]:
    """Return the input of the graph that reads words."""
    return [Port(IDS, ("B", "C"), model.config.character_vocab_size)]


def given_vectors(given: Sequence[Port], model: Any) -> list[Port]:
    """Return the inputs of a model that is given vectors where it took characters."""
    width = character_size(model.config)
    return [
        replace(port, name=VECTORS, axes=(*port.axes[:-1], width), count=None) if port.name == IDS else port
        for port in given
    ]


class Chained:
    """Both graphs, one behind the other as the runtime runs them: they take what the model takes.

    Args:
        words: reads words.
        graph: is given their vectors.
    """

    def __init__(self, words: Words, graph: Graph) -> None:
        self.words, self.graph = words, graph

    def __call__(self, inputs: Arrays) -> Arrays:
        """Run both: arrays by name in, arrays by name out."""
        inputs = dict(inputs)
        characters: np.ndarray = inputs.pop(IDS)  # (B, T, C), or (B, C) of one step
        shape = characters.shape[:-1]
        row = [tuple(word[word != 0].tolist()) for word in characters.reshape(-1, characters.shape[-1])]
        vectors = self.words([row], len(row))[0]
        return self.graph({**inputs, VECTORS: vectors.reshape(*shape, -1)})
