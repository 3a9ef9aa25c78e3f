"""What the first layer makes of each token, computed once for all: half of an LSTM's work in a step of its own."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

LARGEST = 2**22
"""Numbers in the table at most, 16 MB: that of a large vocabulary would be greater than the model."""


def projected(model: Any) -> Any:
    """Return a copy of a model whose embedding holds the projections of all tokens, or the model itself.

    A cell's `project` looks at one token at a time, so the product of input weights and embedding can be looked up.

    Args:
        model: the model, in evaluation mode. It is left as it is, and returned where it reads more than token ids, adds
            the embedding to the first layer's output, or where the table would be large.
    """
    layer = model.rnn_layers[0]
    if model.config.num_features or model.config.character_vocab_size or layer.residual:
        return model
    with torch.no_grad():
        weight = model.get_input_embeddings().weight
        cell = layer.directions[0]
        if len(weight) * cell.project(weight[:1, None]).numel() > LARGEST:
            return model
        table = cell.project(weight[:, None])[:, 0]  # (V, P)
    made = copy.deepcopy(model)
    made.set_input_embeddings(nn.Embedding.from_pretrained(table))
    made.rnn_layers[0].directions[0].project = _as_it_is
    return made


def _as_it_is(x: Tensor) -> Tensor:
    return x
