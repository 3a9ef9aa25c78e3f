"""The encoder-decoder: reads one sequence, writes another."""

from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn
from transformers import GenerationConfig, GenerationMixin
from transformers.modeling_outputs import Seq2SeqLMOutput
from transformers.utils import ModelOutput, can_return_tuple

from seqkit.cache_names import CACHE, cache_of, takes_cache
from seqkit.cells.base import State
from seqkit.config import RNNConfig
from seqkit.errors import DataError
from seqkit.generation.caches import prepare_cache
from seqkit.generation.source import check_source
from seqkit.models.base import RNNPreTrainedModel
from seqkit.models.bridge import build_bridge
from seqkit.models.decoder import RNNDecoder
from seqkit.models.encoder import RNNEncoder
from seqkit.models.inputs import IGNORED, check_labels
from seqkit.models.language_loss import holds_scores, language_loss
from seqkit.models.state import RNNCache
from seqkit.models.teacher import Teacher
from seqkit.sides import decoder_config, encoder_config, start_token
from seqkit.words import refuse_characters


class RNNForConditionalGeneration(RNNPreTrainedModel, GenerationMixin):
    """A recurrent encoder-decoder: any cell on either side, with attention or without.

        m_s, s_S = encoder(x)        s'_0 = bridge(s_S)
        r_t, s'_t = decoder(y_{t-1}, s'_{t-1}, m)        p(y_t) ∝ exp(V r_t + b)

    Serves `AutoModelForSeq2SeqLM`. Padding is exact on both sides. Decoding keeps the decoder's state and what the
    encoder gave, whose size does not grow.

    Source: Sutskever, Vinyals & Le, Sequence to Sequence Learning with Neural Networks, 2014; Cho et al., 2014.

    Args:
        config: the configuration, with `is_encoder_decoder`; `vocab_size` is the decoder's vocabulary.

    Raises:
        ConfigError: if the configuration is none of an encoder-decoder.

    Example:
        >>> config = RNNConfig(is_encoder_decoder=True, vocab_size=10, hidden_size=4, attention="dot", bos_token_id=1)
        >>> model = RNNForConditionalGeneration(config).eval()
        >>> model.generate(torch.tensor([[3, 4, 5]]), max_new_tokens=3, do_sample=False).shape
        torch.Size([1, 4])
    """

    auto_class_name = "AutoModelForSeq2SeqLM"
    is_encoder_decoder = True
    teacher_forcing = 1.0
    """Probability of reading the right token in training, in place of the model's own guess (Bengio et al., 2015)."""

    def __init__(self, config: RNNConfig) -> None:
        super().__init__(config)
        refuse_characters(config, "an encoder-decoder")
        # The labels are those of the places themselves: the decoder reads them one step late.
        self.loss_type = "ForCausalLM"
        self.encoder = RNNEncoder(encoder_config(config), config.max_source_length)
        self.decoder = RNNDecoder(decoder_config(config))
        self.bridge = build_bridge(config, self.encoder.rnn_layers, self.decoder.rnn_layers)
        self._tied_weights_keys = tied_weights(config)
        self.lm_head = nn.Linear(config.readout_size, config.vocab_size or 0)
        self.post_init()

    @takes_cache
    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        decoder_input_ids: Tensor | None = None,
        decoder_attention_mask: Tensor | None = None,
        encoder_outputs: Any = None,
        past_key_values: RNNCache | None = None,
        inputs_embeds: Tensor | None = None,
        input_features: Tensor | None = None,
        decoder_inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        use_cache: bool | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_logits: bool | None = None,
        **kwargs: Any,
    ) -> Seq2SeqLMOutput:
        """Score every next token of the target.

        Args:
            input_ids: token ids of the source (B, S).
            attention_mask: 1 at real tokens of the source, 0 at padding, (B, S).
            decoder_input_ids: what the decoder reads (B, T): the target one step late; None makes it of `labels`.
            decoder_attention_mask: 1 at real tokens of it, (B, T); None takes all as real, which padding on the right
                may be.
            encoder_outputs: what the encoder gave before, in place of a source.
            past_key_values: the state to go on from; it is changed to the state afterwards.
            inputs_embeds: vectors in place of the source's ids (B, S, E).
            input_features: float vectors (B, S, N), for a model with `num_features`.
            decoder_inputs_embeds: vectors in place of `decoder_input_ids` (B, T, E).
            labels: the target (B, T); -100 is not counted.
            use_cache: whether to return the state as a cache.
            output_attentions: whether to return where the decoder looked.
            output_hidden_states: whether to return the output of every layer, of both sides.
            return_logits: as in `RNNForCausalLM`: None (default) leaves scores out of a large training.
            kwargs: passed on to the loss, such as `num_items_in_batch` and `label_smoothing`.

        Returns:
            Loss in nats, scores (B, T, V), cache, `cross_attentions` of one tensor (B, 1, T, S), and the encoder's
            outputs, as asked for.

        Raises:
            DataError: if source or target is missing, empty, too long or does not fit.
            StateError: if the decoder would begin without an encoder's outputs.
        """
        source = {"input_ids": input_ids, "inputs_embeds": inputs_embeds, "input_features": input_features}
        encoder_outputs = self._encode(source, attention_mask, encoder_outputs, output_hidden_states)
        if labels is not None and decoder_input_ids is None and decoder_inputs_embeds is None:
            decoder_input_ids = self.prepare_decoder_input_ids_from_labels(labels)
        if decoder_input_ids is None and decoder_inputs_embeds is None:
            raise DataError(
                "there is nothing for the decoder to read. Give labels or decoder_input_ids, or generate()."
            )
        begun = past_key_values is not None and past_key_values.get_seq_length() > 0
        teacher = Teacher(self.lm_head, self.teacher_forcing) if self.training and self.teacher_forcing < 1 else None
        outputs = self.decoder(
            input_ids=decoder_input_ids,
            attention_mask=decoder_attention_mask,
            inputs_embeds=decoder_inputs_embeds,
            encoder_hidden_states=encoder_outputs.last_hidden_state,
            encoder_attention_mask=attention_mask,
            past_key_values=past_key_values,
            use_cache=use_cache,
            initial_state=None if begun else self._cross(encoder_outputs),
            output_hidden_states=output_hidden_states,
            output_attentions=output_attentions,
            feedback=teacher,
        )
        hidden = outputs.last_hidden_state
        if labels is not None:
            check_labels(labels, hidden.shape[:2], self.lm_head.out_features)
        logits = self.lm_head(hidden) if holds_scores(self, labels is not None, return_logits) else None
        loss = None if labels is None else language_loss(self, hidden, labels.contiguous(), logits, **kwargs)
        return Seq2SeqLMOutput(
            loss=loss,
            logits=logits,
            **{CACHE: cache_of(outputs)},
            decoder_hidden_states=outputs.hidden_states,
            cross_attentions=outputs.cross_attentions,
            encoder_last_hidden_state=encoder_outputs.last_hidden_state,
            encoder_hidden_states=encoder_outputs.get("hidden_states"),
        )

    def _encode(self, source: dict[str, Tensor | None], mask: Tensor | None, given: Any, hidden: bool | None) -> Any:
        """Read the source, unless somebody has."""
        if given is not None:
            if not isinstance(given, ModelOutput) or given.get("last_hidden_state") is None:
                raise DataError(
                    f"encoder_outputs is a {type(given).__name__}; expected what model.get_encoder()(input_ids) gives."
                )
            return given
        if all(value is None for value in source.values()):
            raise DataError(
                f"the decoder was started without encoder outputs. Give {self.main_input_name} of the source, or "
                "encoder_outputs=model.get_encoder()(...)."
            )
        return self.encoder(attention_mask=mask, output_hidden_states=hidden, **source)

    def _cross(self, encoder_outputs: Any) -> tuple[State, ...] | None:
        """Return the decoder's first state; None leaves it to the decoder."""
        if self.bridge is None:
            return None
        state = encoder_outputs.get("state")
        if state is None:
            raise DataError(
                "encoder_outputs holds no final state, which the bridge needs. Give what model.get_encoder()(...) "
                "gives, or build the model with bridge='none'."
            )
        return self.bridge(state, self.decoder.rnn_layers)

    def prepare_decoder_input_ids_from_labels(self, labels: Tensor) -> Tensor:
        """Return what the decoder reads: the start token, and the labels one step late.

        Args:
            labels: token ids (B, T), -100 where not counted; those are read as padding.
        """
        start, pad = start_token(self.config) or 0, self.config.pad_token_id or 0
        shifted = labels.new_full(labels.shape, pad)
        shifted[:, 1:] = labels[:, :-1]
        shifted[:, :1] = start
        return shifted.masked_fill(shifted == IGNORED, pad)

    @torch.no_grad()
    @wraps(GenerationMixin.generate)
    def generate(self, inputs: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Write a target; arguments and result are those of `transformers.GenerationMixin.generate`.

        Raises:
            DataError: if the source is missing or none, or beams are to be searched without an end token.
        """
        check_source(self, inputs, kwargs, *args[:1])
        return super().generate(inputs, *args, **kwargs)

    def _expand_inputs_for_generation(self, expand_size: int = 1, **kwargs: Any) -> Any:
        """Repeat rows for beams; transformers repeats tensors, and the encoder's state is tuples of them."""
        ids, kwargs = super()._expand_inputs_for_generation(expand_size=expand_size, **kwargs)
        outputs = kwargs.get("encoder_outputs")
        if expand_size > 1 and outputs is not None and outputs.get("state") is not None:
            outputs["state"] = tuple(
                tuple(tensor.repeat_interleave(expand_size, 0) for tensor in layer) for layer in outputs["state"]
            )
        return ids, kwargs

    def _prepare_cache_for_generation(
        self, generation_config: GenerationConfig, model_kwargs: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        """Give `generate()` an empty state where transformers would make a cache of keys and values."""
        prepare_cache(generation_config, model_kwargs, self.decoder.config)

    def get_input_embeddings(self) -> Any:
        """Return the decoder's embedding, whose vocabulary is `vocab_size`."""
        return self.decoder.embed_tokens

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the decoder's embedding."""
        self.decoder.embed_tokens = value  # type: ignore[assignment]

    def resize_token_embeddings(self, new_num_tokens: int | None = None, *args: Any, **kwargs: Any) -> nn.Embedding:
        """Resize the decoder's vocabulary, and the encoder's where both have one tokenizer."""
        resized = super().resize_token_embeddings(new_num_tokens, *args, **kwargs)
        self.decoder.config.vocab_size = count = self.config.vocab_size
        source: Any = self.encoder.embed_tokens
        if self.config.share_embeddings:
            source.num_embeddings = self.encoder.config.vocab_size = count
            self.config.encoder_vocab_size = self.config.encoder_vocab_size and count
        elif source is not None and self.config.encoder_vocab_size is None:
            self.encoder.resize_token_embeddings(new_num_tokens, *args, **kwargs)
        return resized

    def get_expanded_tied_weights_keys(self, all_submodels: bool = False) -> dict[str, str]:
        """Name the weights that are one; transformers would look at `tie_word_embeddings` alone."""
        return dict(self._tied_weights_keys)


def tied_weights(config: RNNConfig) -> dict[str, str]:
    """Name the weights that are one by what they are one with; either kind of sharing may stand alone."""
    kinds = {"lm_head.weight": config.tie_word_embeddings, "encoder.embed_tokens.weight": config.share_embeddings}
    return {name: "decoder.embed_tokens.weight" for name, one in kinds.items() if one}
