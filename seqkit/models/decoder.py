"""The decoder: a network that reads one way, and looks at an encoder's outputs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers.cache_utils import Cache
from transformers.utils import can_return_tuple

from seqkit.cache_names import CACHE, takes_cache
from seqkit.cells.base import State
from seqkit.config import RNNConfig
from seqkit.engine.masks import Masks, masks_for
from seqkit.errors import DataError, StateError
from seqkit.models.attention import ATTENTIONS, Memory
from seqkit.models.backbone import Reading, RNNModel
from seqkit.models.dropout import embed
from seqkit.models.inputs import last_real, one_input, real_places
from seqkit.models.outputs import RNNDecoderOutput
from seqkit.models.state import RNNCache

Feedback = Callable[[Tensor, Masks], Tensor]
"""From what the head reads (B, R) to the ids (B,) that the decoder reads next, -1 where the given ones stand."""


@dataclass(frozen=True)
class StepMasks(Masks):
    """The masks of one step of a sequence that runs step by step: those of the whole where they are kept over time.

    Args:
        whole: the masks of the sequence.
        step: the step's number.
        fixed: whether dropout between layers keeps one mask over time.
    """

    whole: Masks
    step: int
    fixed: bool

    def at(self, name: str) -> "StepMasks":
        """Return the masks of one use; those of another step differ where each step draws its own."""
        whole = self.whole.at(name)
        if name == "zoneout" or (name.startswith("hidden") and not self.fixed):
            whole = whole.at(f"step {self.step}")
        return StepMasks(whole, self.step, self.fixed)

    def rows(self, rate: float, like: Tensor, real: Tensor | None = None) -> Tensor:
        """Draw for each row."""
        return self.whole.rows(rate, like, real)

    def shared(self, rate: float, like: Tensor) -> Tensor:
        """Draw once for all rows."""
        return self.whole.shared(rate, like)


class RNNDecoder(RNNModel):
    """A stack of recurrent layers that looks at a memory after the last of them (Luong et al., 2015).

        h_t = layers(y_{t-1}, …)        c_t, a_t = attention(h_t, memory)        r_t = tanh(W [c_t; h_t])

    The layers do not wait for the attention, so that all steps run at once. With `input_feeding` they read
    [y_{t-1}; r_{t-1}], as those of Bahdanau et al. (2015) read the context, and run step by step.

    Args:
        config: the decoder's configuration; `attention` and `cross_attention_hidden_size` say what it looks at.

    Raises:
        ConfigError: if the configuration has no vocabulary.
    """

    takes_memory = True

    def __init__(self, config: RNNConfig) -> None:
        super().__init__(config)
        self.attention: Any = None
        self.combine: Any = None
        if config.has_attention:
            size, memory = config.hidden_size, config.cross_attention_hidden_size or config.hidden_size
            self.attention = ATTENTIONS[str(config.attention)](size, memory, config.attention_size or size)
            self.combine = nn.Linear(memory + size, config.readout_size, bias=False)
            self.post_init()

    @staticmethod
    def _first_width(config: RNNConfig) -> int:
        """Return the width of a token's vector, and of what attention gave before it."""
        return config.input_size + (config.readout_size if config.input_feeding else 0)

    @takes_cache
    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        encoder_hidden_states: Tensor | None = None,
        encoder_attention_mask: Tensor | None = None,
        past_key_values: RNNCache | None = None,
        use_cache: bool | None = None,
        initial_state: tuple[State, ...] | None = None,
        return_state: bool = False,
        output_hidden_states: bool | None = None,
        output_attentions: bool | None = None,
        feedback: Feedback | None = None,
        **kwargs: Any,
    ) -> RNNDecoderOutput:
        """Run the decoder.

        Args:
            input_ids: token ids (B, T).
            attention_mask: 1 at real tokens, 0 at padding, (B, T).
            inputs_embeds: vectors in place of token ids (B, T, E).
            encoder_hidden_states: what to look at (B, S, M); a cache that has begun remembers it.
            encoder_attention_mask: 1 at its real places, (B, S).
            past_key_values: the state to go on from; it is changed to the state afterwards. An empty cache of
                transformers' own is no state: a new one is returned.
            use_cache: whether to return the state as a cache; by default the config's, and not in training.
            initial_state: the state before the first token, a tuple over layers of tensors (B, ·).
            return_state: whether to return the final state as `state`.
            output_hidden_states: whether to return the output of every layer.
            output_attentions: whether to return the weights.
            feedback: chooses tokens to read in place of the given ones, step by step (scheduled sampling).
            kwargs: taken and ignored, as other Hugging Face models do.

        Returns:
            What the head reads, state and weights; places that are padded repeat the last real one.

        Raises:
            DataError: if there is not exactly one input, an id is beyond the vocabulary, or a mask does not fit.
            StateError: if a state does not fit, or there is nothing to look at.
        """
        name, value = one_input(input_ids=input_ids, inputs_embeds=inputs_embeds)
        cache = self._cache(past_key_values, use_cache)
        memory = self._memory(cache, encoder_hidden_states, encoder_attention_mask, len(value))
        if cache is not None and cache.state is not None:
            initial_state = None
        reading = self._begin(name, value, attention_mask, cache, initial_state)
        before = None if cache is None else cache.output
        if self.config.input_feeding or feedback is not None:
            hidden, finals, read, weights = self._steps(reading, memory, before, feedback)
        else:
            hidden, finals = self._run(
                reading.x, reading.mask, reading.states, cache is not None or return_state, reading.masks
            )
            read, weights = self._look(hidden[-1], memory)
        read = last_real(read, reading.mask, before)[:, reading.again :]
        hidden = self._end(reading, hidden, finals)
        if cache is not None and read.shape[1]:
            # The next tokens of a row may all be padding; and input feeding reads it.
            cache.output = read[:, -1].clone()
        wanted = self.config.output_hidden_states if output_hidden_states is None else output_hidden_states
        looked = self.config.output_attentions if output_attentions is None else output_attentions
        return RNNDecoderOutput(
            last_hidden_state=self.output_dropout(read, reading.masks.at("output"), reading.shown),
            **{CACHE: cache},
            hidden_states=tuple(hidden) if wanted else None,
            state=finals if return_state else None,
            cross_attentions=(weights[:, None, reading.again :],) if looked and weights is not None else None,
        )

    def _cache(self, cache: RNNCache | None, use_cache: bool | None) -> RNNCache | None:
        """Return the cache to fill, if any; transformers' own encoder-decoders hand over one for keys and values."""
        foreign = isinstance(cache, Cache) and not isinstance(cache, RNNCache)
        return super()._cache(None if foreign and not cache.get_seq_length() else cache, use_cache)  # type: ignore[union-attr]

    def _memory(self, cache: RNNCache | None, values: Tensor | None, mask: Tensor | None, rows: int) -> Memory | None:
        """Return what there is to look at, made ready; a cache keeps it, so that it is made once a source."""
        if self.attention is None:
            return None
        if cache is not None and cache.memory is not None:
            return cache.memory
        if values is None:
            raise StateError(
                "the decoder was started without encoder outputs to look at. Give encoder_hidden_states (B, S, M), or "
                "input_ids or encoder_outputs to the whole model."
            )
        expected = self.attention.memory_size
        if values.dim() != 3 or len(values) != rows or values.shape[2] != expected or not values.shape[1]:
            raise DataError(
                f"encoder outputs have shape {tuple(values.shape)}; expected ({rows}, S, {expected}) with S of 1 or "
                f"more for a batch of {rows}."
            )
        memory = self.attention.remember(values, real_places(mask, rows, values.shape[1], 0))
        if cache is not None:
            cache.memory = memory
        return memory

    def _look(self, hidden: Tensor, memory: Memory | None) -> tuple[Tensor, Tensor | None]:
        """Return what the head reads of the last layer's output (B, T, H), and the weights of attention."""
        if self.attention is None or memory is None:
            return hidden, None
        context, weights = self.attention(hidden, memory)
        return torch.tanh(self.combine(torch.cat([context, hidden], -1))), weights

    def _steps(
        self, reading: Reading, memory: Memory | None, before: Tensor | None, feedback: Feedback | None
    ) -> tuple[list[Tensor], tuple[State, ...], Tensor, Tensor | None]:
        """Run step by step, each reading what the one before made; else as `_run` and `_look` over all steps."""
        rows, length = reading.x.shape[:2]
        read = reading.x.new_zeros(rows, self.config.readout_size) if before is None else before
        states: Any = reading.states
        chances = Masks() if feedback is None else masks_for(rows)
        shown: list[tuple[list[Tensor], Tensor, Tensor | None]] = []
        for t in range(length):
            place = slice(t, t + 1)
            mask = None if reading.mask is None else reading.mask[:, place]
            x = reading.x[:, place]
            if feedback is not None and t:
                x = self._choose(x, feedback(read, chances.at(f"step {t}")), reading.masks)
            if self.config.input_feeding:
                x = torch.cat([x, read[:, None].to(x.dtype)], -1)
            masks = StepMasks(reading.masks, t, self.config.locked_dropout)
            hidden, states = self._run(x, mask, states, True, masks)
            made, weights = self._look(hidden[-1], memory)
            read = last_real(made, mask, read)[:, 0]
            shown.append((hidden, made, weights))
        hidden = [torch.cat(parts, 1) for parts in zip(*(step[0] for step in shown), strict=True)]
        weights = None if memory is None else torch.cat([step[2] for step in shown if step[2] is not None], 1)
        return hidden, states, torch.cat([step[1] for step in shown], 1), weights

    def _choose(self, x: Tensor, ids: Tensor, masks: Masks) -> Tensor:
        """Read other tokens than the given ones (B, 1, E) where ids (B,) has any, which are -1 elsewhere."""
        own = embed(ids.clamp(min=0)[:, None], self.embed_tokens, self.config.embedding_dropout, masks.at("tokens"))  # type: ignore[arg-type]
        own = self.input_dropout(own, masks.at("own input"))
        return torch.where((ids >= 0)[:, None, None], own.to(x.dtype), x)
