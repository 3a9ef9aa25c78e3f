"""What models return: Hugging Face outputs with one more field, the state."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor
from transformers.utils import ModelOutput

from seqkit.cache_names import CACHE
from seqkit.cells.base import State
from seqkit.models.state import RNNCache


@dataclass
class RNNModelOutput(ModelOutput):
    """What `RNNModel` returns.

    Args:
        last_hidden_state: output of the last layer (B, T, H), or (B, T, 2H) in both directions; zeros where padded.
        past_key_values: the state as a cache, if `use_cache`.
        hidden_states: input of the first layer and output of each, if `output_hidden_states`.
        state: the final state, a tuple over layers of tensors (B, ·), if `return_state`.
    """

    last_hidden_state: Tensor | None = None
    if CACHE == "cache":
        cache: RNNCache | None = None
    else:
        past_key_values: RNNCache | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    state: tuple[State, ...] | None = None
    # transformers' encoder-decoders ask for it; a recurrent network does not look at itself.
    attentions: ClassVar[None] = None


@dataclass
class RNNDecoderOutput(RNNModelOutput):
    """What `RNNDecoder` returns: the same, and where it looked.

    Args:
        cross_attentions: one tensor (B, 1, T, S) in a tuple, the weight of each place of the source at each step, if
            `output_attentions`.
    """

    cross_attentions: tuple[Tensor, ...] | None = None


@dataclass
class RNNHeadOutput(ModelOutput):
    """What a head returns.

    Args:
        loss: the loss, if labels were given; a language model's in nats per counted token.
        logits: scores: (B, T, V) of the next tokens, (B, labels) of sequences, (B, T, labels) of tokens; None where a
            language model's loss was computed without them (`return_logits`).
        past_key_values: the state as a cache, if `use_cache`.
        hidden_states: input of the first layer and output of each, if `output_hidden_states`.
        state: the final state, a tuple over layers of tensors (B, ·), if `return_state`.
    """

    loss: Tensor | None = None
    logits: Tensor | None = None
    if CACHE == "cache":
        cache: RNNCache | None = None
    else:
        past_key_values: RNNCache | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    state: tuple[State, ...] | None = None
    attentions: ClassVar[None] = None


@dataclass
class RNNDecoderHeadOutput(RNNHeadOutput):
    """What a language model that looks at an encoder returns: the same, and where it looked.

    Args:
        cross_attentions: as in `RNNDecoderOutput`.
    """

    cross_attentions: tuple[Tensor, ...] | None = None
