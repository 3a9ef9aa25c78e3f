"""What one writes today to give `nn.LSTM` a `generate()`: the baseline, as short as it can be and still be right."""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

from seqkit import RNNForCausalLM
from seqkit.cells.base import Cell, State


class WrapperConfig(PretrainedConfig):
    model_type = "benchmark-wrapper"


class Wrapper(PreTrainedModel, GenerationMixin):
    """Embedding, a recurrent module and scores; the module's state is all the cache there is."""

    config_class = WrapperConfig
    _is_stateful = True

    def __init__(self, embedding: nn.Module, rnn: nn.Module, head: nn.Module) -> None:
        super().__init__(WrapperConfig())
        self.embedding, self.rnn, self.head = embedding, rnn, head

    def forward(self, input_ids: Tensor, past_key_values: Any = None, **_: Any) -> CausalLMOutputWithPast:
        outputs, state = self.rnn(self.embedding(input_ids), past_key_values)
        return CausalLMOutputWithPast(logits=self.head(outputs), past_key_values=state)

    def prepare_inputs_for_generation(self, input_ids: Tensor, *_: Any, **given: Any) -> dict[str, Any]:
        """Give the last token alone once there is a state."""
        state = given.get("past_key_values")
        return {"input_ids": input_ids if state is None else input_ids[:, -1:], "past_key_values": state}

    def _prepare_cache_for_generation(self, *_: Any) -> None:
        """Begin without a state: the module makes its own."""


class Loop(nn.Module):
    """A cell of one's own, called step by step as one would without seqkit."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor, state: State | None) -> tuple[Tensor, State]:
        state = self.cell.init_state(len(x)) if state is None else state
        outputs = []
        for p in self.cell.project(x).unbind(1):
            y, state = self.cell.step(p, state)
            outputs.append(y[:, None])
        return torch.cat(outputs, 1), state


def wrap(model: RNNForCausalLM) -> Wrapper:
    """Put a model's weights into the wrapper."""
    model = copy.deepcopy(model)
    cell = model.rnn_layers[0].directions[0]
    rnn = Loop(cell) if cell.torch_kernel() is None else model.model.to_torch()
    return Wrapper(model.get_input_embeddings(), rnn, model.lm_head).eval()


class Stock(RNNForCausalLM):
    """A model of ours that writes in transformers' own loop: what its tokens are compared with."""

    _sample = GenerationMixin._sample


def stock(model: RNNForCausalLM) -> RNNForCausalLM:
    """Copy a model to one that writes in transformers' own loop."""
    model = copy.deepcopy(model)
    model.__class__ = Stock
    return model
