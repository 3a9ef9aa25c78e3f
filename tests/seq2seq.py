"""What tests of encoder-decoders need: small models of every kind, and ragged pairs."""

from typing import Any

import torch
from torch import nn

from seqkit.config import RNNConfig
from seqkit.models import RNNForConditionalGeneration

KINDS: list[dict[str, Any]] = [
    {"attention": None},
    {"attention": "dot"},
    {"attention": "general", "bidirectional": True},
    {"attention": "additive", "bidirectional": True},
    {"attention": "general", "input_feeding": True},
    {"attention": "additive", "bidirectional": True, "input_feeding": True},
]
"""Every kind of attention, with what it can stand beside."""

NAMES = ["none", "dot", "general", "additive", "general, fed", "additive, fed"]

SOURCE = torch.tensor([[3, 4, 5, 6, 7], [8, 9, 3, 0, 0], [10, 0, 0, 0, 0]])
SOURCE_MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]])
TARGET = torch.tensor([[5, 4, 3, 2], [9, 8, 2, -100], [10, 2, -100, -100]])
LENGTHS = (5, 3, 1), (4, 3, 2)
"""Real tokens of each row of the source and of the target."""


def config(**fields: Any) -> RNNConfig:
    """Make a small configuration of an encoder-decoder: 11 tokens, 6 units."""
    tokens = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    sizes = {"cell": "gru", "vocab_size": 11, "hidden_size": 6, "num_hidden_layers": 2}
    return RNNConfig(**{"is_encoder_decoder": True, **tokens, **sizes, **fields})


def model(**fields: Any) -> RNNForConditionalGeneration:
    """Make a small model in evaluation mode whose every parameter is random."""
    made = RNNForConditionalGeneration(config(**fields)).eval()
    for parameter in made.parameters():
        nn.init.uniform_(parameter, -0.7, 0.7)
    return made
