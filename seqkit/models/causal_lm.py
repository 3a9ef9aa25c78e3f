"""The language model: a score for every next token, and `generate()`."""

from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn
from transformers import GenerationConfig, GenerationMixin, LogitsProcessorList, StoppingCriteriaList
from transformers.generation import GenerateDecoderOnlyOutput
from transformers.generation.streamers import BaseStreamer
from transformers.utils import can_return_tuple

from seqkit.cache_names import CACHE, cache_of, rename_cache, takes_cache
from seqkit.cells.base import State
from seqkit.config import RNNConfig
from seqkit.errors import ConfigError, DataError, StateError
from seqkit.generation.caches import prepare_cache
from seqkit.generation.decoding import covers, write
from seqkit.generation.prompt import check_prompt
from seqkit.generation.stopping import StopTokenizer
from seqkit.models.adaptive import AdaptiveSoftmax
from seqkit.models.backbone import RNNModel
from seqkit.models.base import RNNPreTrainedModel
from seqkit.models.decoder import RNNDecoder
from seqkit.models.inputs import IGNORED, check_labels, last_real, real_places
from seqkit.models.language_loss import holds_scores, language_loss
from seqkit.models.outputs import RNNDecoderHeadOutput, RNNHeadOutput
from seqkit.models.state import RNNCache
from seqkit.tokenizers.base import SeqkitTokenizer
from seqkit.words import refuse_characters


class RNNForCausalLM(RNNPreTrainedModel, GenerationMixin):
    """A recurrent language model.

    Serves `AutoModelForCausalLM`. Scores at a padded place repeat those of the last real token before it, so that
    `generate()`, which reads the last place, is right for padding on either side.

    With `is_decoder`, `add_cross_attention` and `attention` it is the decoder of transformers' own
    `EncoderDecoderModel` and `VisionEncoderDecoderModel`, and looks at `encoder_hidden_states`; see `RNNDecoder`.

    Args:
        config: the configuration; reads one way only, and needs `vocab_size`.

    Raises:
        ConfigError: if the configuration is bidirectional, has no vocabulary, or looks at an encoder without attention.

    Example:
        >>> model = RNNForCausalLM(RNNConfig(vocab_size=10, hidden_size=4)).eval()
        >>> model.generate(torch.tensor([[1, 2]]), max_new_tokens=3, do_sample=False).shape
        torch.Size([1, 5])
    """

    auto_class_name = "AutoModelForCausalLM"
    takes_memory = True
    _tied_weights_keys = {"lm_head.weight": "model.embed_tokens.weight"}

    def __init__(self, config: RNNConfig) -> None:
        if config.bidirectional:
            raise ConfigError("bidirectional is True; a language model must not see the tokens it is to predict.")
        if not config.vocab_size:
            raise ConfigError("vocab_size is None; a language model needs the number of its tokens.")
        if config.add_cross_attention and not config.attention:
            raise ConfigError(
                "add_cross_attention is True, but attention is None: the decoder would see nothing of the encoder. Set "
                "attention='additive', or 'general'."
            )
        refuse_characters(config, "a language model")
        super().__init__(config)
        self.model = (RNNDecoder if config.add_cross_attention else RNNModel)(config)
        self.lm_head = self._build_head(config)
        self.post_init()

    @staticmethod
    def _build_head(config: RNNConfig) -> Any:
        """Build what scores the vocabulary."""
        size, count, cutoffs = config.readout_size, config.vocab_size or 0, config.adaptive_cutoffs
        if cutoffs:
            return AdaptiveSoftmax(size, cutoffs, count, config.adaptive_div_value, config.tie_word_embeddings)
        return nn.Linear(size, count)

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
        labels: Tensor | None = None,
        use_cache: bool | None = None,
        initial_state: tuple[State, ...] | None = None,
        return_state: bool = False,
        reset_mask: Tensor | None = None,
        output_hidden_states: bool | None = None,
        output_attentions: bool | None = None,
        logits_to_keep: int | Tensor = 0,
        return_logits: bool | None = None,
        **kwargs: Any,
    ) -> RNNHeadOutput:
        """Score every next token; arguments not named here are those of `RNNModel.forward`.

        Args:
            input_ids: token ids (B, T).
            attention_mask: 1 at real tokens, 0 at padding, (B, T).
            inputs_embeds: vectors in place of token ids (B, T, E).
            encoder_hidden_states: what a decoder looks at (B, S, M); a cache that has begun remembers it.
            encoder_attention_mask: 1 at its real places, (B, S).
            past_key_values: the state to go on from; it is changed to the state afterwards.
            labels: the ids themselves (B, T), shifted inside; -100 is not counted.
            use_cache: whether to return the state as a cache.
            initial_state: the state to go on from in training.
            return_state: whether to return the final state as `state`.
            reset_mask: 1 where a new document begins, (B, T); `labels` are not predicted across its border.
            output_hidden_states: whether to return the output of every layer.
            output_attentions: whether a decoder returns where it looked.
            logits_to_keep: score the last so many places only, or these places; 0 is all.
            return_logits: whether the scores (B, T, V) are returned with a loss. None (default): yes, but in training
                over a vocabulary of 8,192 tokens or more, or with an adaptive softmax, `logits` is None, and the loss
                is computed without ever holding them all.
            kwargs: `shift_labels`, the ids that follow each place (B, T), already shifted, in place of `labels`;
                `label_smoothing`, the ε of it; the rest is passed on to the loss, such as `num_items_in_batch`.

        Returns:
            Loss in nats, scores (B, T, V), cache, hidden states and state, as asked for. With an adaptive softmax the
            scores are the logarithms of the probabilities.

        Raises:
            DataError: if an input does not fit, or the model looks at no encoder and is given one.
            StateError: if a state does not fit, or a decoder has nothing to look at.
        """
        past = past_key_values.get_seq_length() if isinstance(past_key_values, RNNCache) else 0
        outputs = self.model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            inputs_embeds=inputs_embeds,
            past_key_values=past_key_values,
            use_cache=use_cache,
            initial_state=initial_state,
            return_state=return_state,
            reset_mask=reset_mask,
            output_hidden_states=output_hidden_states,
            **self._looks(encoder_hidden_states, encoder_attention_mask, reset_mask, output_attentions),
        )
        hidden = outputs.last_hidden_state
        mask = real_places(attention_mask, hidden.shape[0], hidden.shape[1], past)
        keep = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        if not self.config.add_cross_attention:  # a decoder has carried it already
            cache = cache_of(outputs)
            hidden = self._carry(last_real(hidden, mask, None if cache is None else cache.output), cache)
        # Not in the signature: transformers' Trainer takes every argument called a label for a column it must find.
        shift_labels = kwargs.pop("shift_labels", None)
        targets = shift_labels if labels is None else next_tokens(labels, mask, reset_mask)
        if targets is not None:
            check_labels(targets, hidden.shape[:2], self.lm_head.out_features)
            targets = targets[:, keep].contiguous()
        hidden = hidden[:, keep]
        logits = self.lm_head(hidden) if holds_scores(self, targets is not None, return_logits) else None
        loss = None if targets is None else language_loss(self, hidden, targets, logits, **kwargs)
        made = {"loss": loss, "logits": logits, **dict(outputs.items())}
        del made["last_hidden_state"]
        return (RNNDecoderHeadOutput if self.config.add_cross_attention else RNNHeadOutput)(**made)

    def _looks(
        self, memory: Tensor | None, mask: Tensor | None, resets: Tensor | None, weights: bool | None
    ) -> dict[str, Any]:
        """Return the arguments that a decoder takes and no other network; refuse them where nobody looks."""
        if not self.config.add_cross_attention:
            if memory is not None:
                raise DataError(
                    "encoder_hidden_states were given to a language model that looks at no encoder. Build it with "
                    "is_decoder=True, add_cross_attention=True and attention='additive'."
                )
            return {}
        if resets is not None:
            raise StateError("reset_mask is for documents one behind the other; a decoder writes one text a source.")
        return {"encoder_hidden_states": memory, "encoder_attention_mask": mask, "output_attentions": weights}

    def resize_token_embeddings(self, new_num_tokens: int | None = None, *args: Any, **kwargs: Any) -> nn.Embedding:
        """Resize the vocabulary, as transformers does.

        Raises:
            ConfigError: if the softmax is adaptive: new words would all be its rarest.
        """
        if not self.config.adaptive_cutoffs:
            return super().resize_token_embeddings(new_num_tokens, *args, **kwargs)
        if new_num_tokens not in (None, self.config.vocab_size):
            raise ConfigError(
                "the vocabulary of an adaptive softmax cannot be resized. Train a tokenizer of that size."
            )
        return self.get_input_embeddings()

    def _carry(self, hidden: Tensor, cache: RNNCache | None) -> Tensor:
        """Keep the last place of hidden (B, T, H): the next tokens of a row may all be padding."""
        if cache is not None and hidden.shape[1]:
            cache.output = hidden[:, -1].clone()
        return hidden

    @torch.no_grad()
    @wraps(GenerationMixin.generate)
    def generate(self, inputs: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Write on from a prompt; arguments and result are those of `transformers.GenerationMixin.generate`.

        Raises:
            DataError: if the prompt or its mask is no prompt.
            StateError: if `past_key_values` is no state that the prompt can follow.
        """
        rename_cache(kwargs)
        check_prompt(inputs, kwargs)
        if isinstance(kwargs.get("tokenizer"), SeqkitTokenizer) and kwargs.get("assistant_tokenizer") is None:
            # All that it is for is to read stop strings.
            kwargs["tokenizer"] = stops = StopTokenizer(kwargs["tokenizer"])
            config = kwargs.get("generation_config", *args[:1]) or self.generation_config
            if given := kwargs.get("stop_strings") or config.stop_strings:
                kwargs["stop_strings"] = stops.spelled(given)
        return super().generate(inputs, *args, **kwargs)

    def _sample(
        self,
        input_ids: Tensor,
        logits_processor: LogitsProcessorList,
        stopping_criteria: StoppingCriteriaList,
        generation_config: GenerationConfig,
        synced_gpus: bool = False,
        streamer: BaseStreamer | None = None,
        **arguments: Any,
    ) -> GenerateDecoderOnlyOutput | Tensor:
        """Write greedily or sampling: in a loop of our own where it does all that is asked, else in transformers'."""
        covered = type(self)._runs_as_here() and not synced_gpus and covers(self, generation_config, arguments)
        loop = write if covered else GenerationMixin._sample
        return loop(
            self,
            input_ids,
            logits_processor,
            stopping_criteria,
            generation_config,
            streamer=streamer,
            **arguments,
        )

    @wraps(GenerationMixin._assisted_decoding)
    def _assisted_decoding(self, input_ids: Tensor, *args: Any, **arguments: Any) -> Any:
        """Tell the first forward how much of the prompt the state has read: transformers gives it the whole."""
        mask, cache = arguments.get("attention_mask"), arguments.get(CACHE)
        length = arguments["generation_config"]._mask_length if mask is None else mask.shape[1]
        if cache is not None:
            cache.known = cache.get_seq_length() if length == input_ids.shape[1] else 0
        return super()._assisted_decoding(input_ids, *args, **arguments)

    # wraps: transformers looks into the signature for inputs_embeds.
    @wraps(GenerationMixin.prepare_inputs_for_generation)
    def prepare_inputs_for_generation(
        self, input_ids: Tensor, next_sequence_length: int | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Prepare what `forward` is given; see `_assisted_decoding`."""
        cache = kwargs.get(CACHE)
        if next_sequence_length is None and cache is not None and cache.known:
            next_sequence_length, cache.known = input_ids.shape[1] - cache.known, 0
        return super().prepare_inputs_for_generation(input_ids, next_sequence_length, **kwargs)

    @classmethod
    def _runs_as_here(cls) -> bool:
        """Tell whether no subclass has changed what a forward is."""
        steps = ("forward", "__call__", "prepare_inputs_for_generation", "_update_model_kwargs_for_generation")
        return all(getattr(cls, name) is getattr(RNNForCausalLM, name) for name in steps)

    def _prepare_cache_for_generation(
        self, generation_config: GenerationConfig, model_kwargs: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        """Give `generate()` an empty state where transformers would make a cache of keys and values."""
        prepare_cache(generation_config, model_kwargs, self.config)


def next_tokens(labels: Tensor, mask: Tensor | None, reset_mask: Tensor | None = None) -> Tensor:
    """Shift labels so that each place holds what follows it, -100 where nothing is to be counted.

    A target counts if it is real and some real token stands before it, so the loss of a padded row is that of the
    row alone.

    Args:
        labels: token ids (B, T), -100 where not counted.
        mask: true at real tokens, (B, T), or None.
        reset_mask: 1 where a document begins, (B, T), or None: nothing before it predicts its first token.
    """
    shifted = torch.full_like(labels, IGNORED)
    shifted[:, :-1] = labels[:, 1:]
    if reset_mask is not None:
        shifted[:, :-1].masked_fill_(reset_mask[:, 1:].bool(), IGNORED)
    if mask is None:
        return shifted
    begun = mask.cumsum(1) > 0
    shifted[:, :-1].masked_fill_(~(mask[:, 1:] & begun[:, :-1]), IGNORED)
    return shifted
