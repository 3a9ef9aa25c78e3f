"""The network without a head: token ids or float vectors in, a vector per token and a state out."""

from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn
from transformers.utils import can_return_tuple

from seqkit.cache_names import CACHE, takes_cache
from seqkit.cells.base import State
from seqkit.config import RNNConfig
from seqkit.engine.masks import Masks, masks_for
from seqkit.errors import ConfigError, DataError, StateError
from seqkit.models import torch_modules
from seqkit.models.base import RNNPreTrainedModel
from seqkit.models.characters import CharacterEncoder, check_characters
from seqkit.models.dropout import Dropout, drop_words, embed
from seqkit.models.inputs import check_ids, last_real, one_input, real_places, reset_places
from seqkit.models.layers import RNNLayer
from seqkit.models.outputs import RNNModelOutput
from seqkit.models.standardization import standardized
from seqkit.models.state import RNNCache, check_cache
from seqkit.words import character_size, word_size


@dataclass
class Reading:
    """One forward pass, checked and made ready for the layers.

    Args:
        x: what the first layer reads (B, T, D).
        mask: true at real tokens, (B, T), or None if all are.
        states: each layer's state of before, or None.
        masks: where the masks of dropout come from.
        cache: the state to fill, if any.
        tokens: how many tokens are new.
        again: how many stand before them that `crop` left to be read again.
    """

    x: Tensor
    mask: Tensor | None
    states: tuple[State | None, ...]
    masks: Masks
    cache: RNNCache | None
    tokens: int
    again: int

    @property
    def shown(self) -> Tensor | None:
        """The mask of the new tokens alone."""
        return None if self.mask is None else self.mask[:, self.again :]


class RNNModel(RNNPreTrainedModel):
    """A stack of recurrent layers, the base of every head.

    Args:
        config: the configuration; needs `vocab_size` or `num_features`.

    Raises:
        ConfigError: if the configuration has neither.

    Example:
        >>> model = RNNModel(RNNConfig(cell="gru", vocab_size=10, hidden_size=4))
        >>> model(torch.tensor([[1, 2, 3]])).last_hidden_state.shape
        torch.Size([1, 3, 4])
    """

    auto_class_name = "AutoModel"

    def __init__(self, config: RNNConfig) -> None:
        super().__init__(config)
        if not (config.vocab_size or config.num_features or config.character_vocab_size):
            raise ConfigError("vocab_size and num_features are both None; set the one that the model shall read.")
        self.embed_tokens = nn.Embedding(config.vocab_size, word_size(config)) if config.vocab_size else None
        self.characters = CharacterEncoder(config) if config.character_vocab_size else None
        features = config.num_features if config.embedding_size else None
        self.input_projection = nn.Linear(features, config.input_size) if features else None
        self.input_dropout = Dropout(config.input_dropout, config.locked_dropout)
        self.hidden_dropout = Dropout(config.hidden_dropout, config.locked_dropout)
        self.output_dropout = Dropout(config.output_dropout, config.locked_dropout)
        widths = [self._first_width(config)] + [config.output_size] * (config.num_hidden_layers - 1)
        self.layers = nn.ModuleList(RNNLayer(config, width) for width in widths)
        self.post_init()

    @staticmethod
    def _first_width(config: RNNConfig) -> int:
        """Return the width D of what the first layer reads."""
        return config.input_size

    @takes_cache
    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        input_features: Tensor | None = None,
        character_ids: Tensor | None = None,
        past_key_values: RNNCache | None = None,
        use_cache: bool | None = None,
        initial_state: tuple[State, ...] | None = None,
        return_state: bool = False,
        reset_mask: Tensor | None = None,
        output_hidden_states: bool | None = None,
        **kwargs: Any,
    ) -> RNNModelOutput:
        """Run the network.

        Args:
            input_ids: token ids (B, T).
            attention_mask: 1 at real tokens, 0 at padding, (B, T); padding may stand anywhere and hold anything.
            inputs_embeds: vectors in place of token ids (B, T, E).
            input_features: float vectors (B, T, N), for a model with `num_features`.
            character_ids: characters of each word (B, T, C), 0 behind its last one, for a model with
                `character_vocab_size`; they are read beside `inputs_embeds` too.
            past_key_values: the state to go on from; it is changed to the state afterwards.
            use_cache: whether to return the state as a cache; by default the config's, and not in training.
            initial_state: the state to go on from in training, a tuple over layers of tensors (B, ·).
            return_state: whether to return the final state as `state`.
            reset_mask: 1 where a new document begins, (B, T): the state is set back to the initial one before that
                token, and no gradient flows across. Such a row leaves no cache; `initial_state` and `return_state`
                carry its state.
            output_hidden_states: whether to return the output of every layer.
            kwargs: taken and ignored, as other Hugging Face models do.

        Returns:
            The outputs; a tuple of those that are not None with `return_dict=False`.

        Raises:
            DataError: if there is not exactly one input, an id is beyond the vocabulary, or the mask does not fit.
            StateError: if a state does not fit the model or the batch.
        """
        name, value = one_input(input_ids=input_ids, inputs_embeds=inputs_embeds, input_features=input_features)
        resets = reset_places(reset_mask, value.shape[0], value.shape[1])
        if resets is not None and (past_key_values is not None or use_cache):
            raise StateError("a cache has no documents. With reset_mask use initial_state and return_state=True.")
        cache = self._cache(past_key_values, False if resets is not None else use_cache)
        reading = self._begin(name, value, attention_mask, cache, initial_state, character_ids)
        keep = cache is not None or return_state
        hidden, finals = self._run(reading.x, reading.mask, reading.states, keep, reading.masks, resets)
        hidden = self._end(reading, hidden, finals)
        wanted = self.config.output_hidden_states if output_hidden_states is None else output_hidden_states
        return RNNModelOutput(
            last_hidden_state=self.output_dropout(hidden[-1], reading.masks.at("output"), reading.shown),
            **{CACHE: cache},
            hidden_states=tuple(hidden) if wanted else None,
            state=finals if return_state else None,
        )

    def _begin(
        self,
        name: str,
        value: Tensor,
        attention_mask: Tensor | None,
        cache: RNNCache | None,
        initial_state: tuple[State, ...] | None,
        character_ids: Tensor | None = None,
    ) -> Reading:
        """Check an input with what it goes on from, and turn it into vectors."""
        past = cache.get_seq_length() if cache is not None else 0
        mask = real_places(attention_mask, value.shape[0], value.shape[1], past)
        states = self._states(initial_state, cache, value.shape[0])
        masks = self._masks(value.shape[0])
        characters = check_characters(character_ids, value.shape[:2], mask, self.config)
        x = self._embed(name, value, mask, masks)
        if self.characters is not None and characters is not None:
            x = torch.cat([x, self.characters(characters)], -1)
        x = self.input_dropout(x, masks.at("input"), mask)
        again = 0
        if cache is not None:
            again = cache.rollback.replayed
            x, mask = cache.read(x, mask)
        return Reading(x, mask, states, masks, cache, value.shape[1], again)

    def _run(
        self,
        x: Tensor,
        mask: Tensor | None,
        states: tuple[State | None, ...],
        need_state: bool,
        masks: Masks,
        resets: Tensor | None = None,
    ) -> tuple[list[Tensor], tuple[State, ...]]:
        """Run all layers over x (B, T, D): the input and every layer's output, and the layers' final states."""
        hidden: list[Tensor] = [x]
        finals: list[Any] = []
        for index, (layer, state) in enumerate(zip(self.layers, states, strict=True)):
            x = self.hidden_dropout(x, masks.at(f"hidden {index}"), mask) if index else x
            # Positional, or activation checkpointing would not see the tensors.
            x, final = layer(x, mask, state, need_state, masks.at(f"layer {index}"), resets)
            hidden.append(x)
            finals.append(final)
        return hidden, tuple(finals)

    def _end(self, reading: Reading, hidden: list[Tensor], finals: tuple[State, ...]) -> list[Tensor]:
        """Let the cache take the final states; what is shown of every layer (B, T, ·) are the new tokens alone."""
        cache, again, mask = reading.cache, reading.again, reading.mask
        if cache is None:
            return hidden
        cache.store(finals, reading.tokens)
        if again:
            # What crop() left to be read again was shown before; only the state and the last output needed it.
            before = hidden[-1][:, :again]
            cache.output = last_real(before, None if mask is None else mask[:, :again], cache.output)[:, -1]
            hidden = [h[:, again:] for h in hidden]
        return hidden

    def _embed(self, name: str, value: Tensor, mask: Tensor | None, masks: Masks) -> Tensor:
        """Turn any input into vectors (B, T, D), never looking at what padding holds."""
        if name == "input_ids":
            if self.characters is not None and self.embed_tokens is None:
                return value.new_empty(*value.shape, 0, dtype=self.dtype)
            if self.embed_tokens is None:
                raise DataError(f"this model takes input_features (B, T, {self.config.num_features}), not input_ids.")
            ids = value if mask is None else value.masked_fill(~mask, 0)
            # Not `num_embeddings`: an adapter around the embedding has none.
            check_ids(ids, len(self.embed_tokens.weight))
            ids = drop_words(ids, self.config, masks.at("words"), mask) if self.training else ids
            return embed(ids, self.embed_tokens, self.config.embedding_dropout, masks.at("tokens"))
        width = (
            self.config.num_features
            if name == "input_features"
            else self.config.input_size - character_size(self.config)
        )
        if value.dim() != 3 or value.shape[-1] != width:
            raise DataError(f"{name} has shape {tuple(value.shape)}; expected (B, T, {width}).")
        x = value if mask is None else torch.where(mask[..., None], value, 0.0)
        x = standardized(x, self.config) if name == "input_features" else x
        x = x.to(self.dtype) if not torch.is_autocast_enabled(x.device.type) else x
        return self.input_projection(x) if self.input_projection is not None and name == "input_features" else x

    def _masks(self, rows: int) -> Masks:
        """Return where the masks of dropout come from in this pass; without any no random number is drawn."""
        return masks_for(rows) if self.training and self.config.has_dropout else Masks()

    def _cache(self, cache: RNNCache | None, use_cache: bool | None) -> RNNCache | None:
        """Return the cache to fill, if any."""
        if cache is not None:
            check_cache(cache, self.config)
            return cache
        if self.config.bidirectional:
            return None
        wanted = self.config.use_cache and not self.training if use_cache is None else use_cache
        if wanted and torch.compiler.is_exporting():
            raise StateError(
                "an exported program gives tensors, no cache. Pass use_cache=False, and return_state=True for the "
                "state."
            )
        return RNNCache(self.config) if wanted else None

    def _states(
        self, initial: tuple[State, ...] | None, cache: RNNCache | None, batch: int
    ) -> tuple[State | None, ...]:
        """Return the state of before for each layer, checked against model and batch."""
        seen = cache.state if cache is not None else None
        if initial is not None and seen is not None:
            raise StateError("initial_state and past_key_values both give a state. Leave one of them out.")
        given = seen if initial is None else initial
        if given is None:
            return (None,) * len(self.layers)
        if len(given) != len(self.layers):
            raise StateError(f"the state has {len(given)} layers; this model has {len(self.layers)}.")
        for index, (layer, state) in enumerate(zip(self.rnn_layers, given, strict=True)):
            found, expected = [t.shape for t in state], [t.shape for t in layer.init_state(batch)]
            if found != expected:
                raise StateError(
                    f"the state of layer {index} has shapes {[tuple(s) for s in found]}; "
                    f"expected {[tuple(s) for s in expected]} for a batch of {batch}. "
                    "Rows are repeated by cache.batch_repeat_interleave(n) and taken by batch_select_indices(rows)."
                )
            if any(t.dtype != self.dtype for t in state) and not torch.is_autocast_enabled(state[0].device.type):
                raise StateError(
                    f"the state is {state[0].dtype}; this model is {self.dtype}. Use cache.to(model.dtype)."
                )
        return tuple(given)

    @classmethod
    def from_torch(cls, module: nn.RNNBase) -> Self:
        """Build a model with the weights of `torch.nn.RNN`, `GRU` or `LSTM`; outputs are equal.

        Args:
            module: the torch module. A model of seqkit's is batch first whatever the module was.

        Returns:
            A model that takes `input_features` (B, T, N).

        Raises:
            ConfigError: if the module has a projection (`proj_size`), which no seqkit cell has.
        """
        model = cls(torch_modules.config_of(module))
        torch_modules.copy_weights(module, model.rnn_layers)
        return model.to(module.weight_hh_l0).train(module.training)

    def to_torch(self) -> nn.RNNBase:
        """Build the `torch.nn.RNN`, `GRU` or `LSTM` (batch first) with the weights of this model's layers.

        Raises:
            ConfigError: if the cell is not one of torch's, or the layers hold more than a cell.
        """
        return torch_modules.to_torch(self.config, self.rnn_layers).train(self.training)
