"""A recurrent decoder inside transformers' own encoder-decoders: a tiny ViT, a tiny BERT and an RNN as encoders."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import (
    BertConfig,
    BertModel,
    DynamicCache,
    EncoderDecoderCache,
    EncoderDecoderModel,
    GenerationConfig,
    PreTrainedModel,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTModel,
)

from seqkit.config import RNNConfig
from seqkit.errors import ConfigError, DataError, StateError
from seqkit.models import RNNCache, RNNForCausalLM, RNNModel
from tests.cases import CELLS, gradients, same
from tests.seq2seq import LENGTHS, SOURCE, SOURCE_MASK, TARGET

IMAGES = torch.linspace(-2, 2, 3 * 64).sin().view(3, 1, 8, 8)
SMALL: dict[str, Any] = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
DECODERS: dict[str, dict[str, Any]] = {
    "additive": {"attention": "additive"},
    "projected": {"attention": "dot", "cross_attention_hidden_size": None},
    "fed": {"attention": "general", "input_feeding": True},
    "tied": {"attention": "general", "tie_word_embeddings": True},
}


def decoder(**fields: Any) -> RNNForCausalLM:
    """Make a decoder that looks at vectors of 8 numbers."""
    kind = {"is_decoder": True, "add_cross_attention": True, "attention": "additive", "cross_attention_hidden_size": 8}
    tokens = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    sizes = {"cell": "gru", "vocab_size": 11, "hidden_size": 6, "num_hidden_layers": 2}
    return RNNForCausalLM(RNNConfig(**{**kind, **tokens, **sizes, **fields}))


def encoder(kind: str) -> PreTrainedModel:
    """Make a tiny encoder with random weights."""
    if kind == "vit":
        return ViTModel(ViTConfig(hidden_size=8, image_size=8, patch_size=4, num_channels=1, **SMALL))
    if kind == "bert":
        return BertModel(BertConfig(hidden_size=8, vocab_size=11, max_position_embeddings=8, **SMALL))
    return RNNModel(RNNConfig(cell="lstm", hidden_size=8, vocab_size=11))


def whole(kind: str, **fields: Any) -> Any:
    """Put both together as transformers does, every parameter random."""
    made = (VisionEncoderDecoderModel if kind == "vit" else EncoderDecoderModel)(
        encoder=encoder(kind), decoder=decoder(**fields)
    ).eval()
    for parameter in made.parameters():
        nn.init.uniform_(parameter, -0.9, 0.9)
    made.config.pad_token_id, made.config.decoder_start_token_id = 0, 1
    made.generation_config = GenerationConfig(pad_token_id=0, decoder_start_token_id=1, eos_token_id=2)
    return made


def source(kind: str) -> dict[str, Tensor]:
    """Return what the encoder reads: three images, or three ragged texts."""
    return {"pixel_values": IMAGES} if kind == "vit" else {"input_ids": SOURCE, "attention_mask": SOURCE_MASK}


@pytest.mark.parametrize("way", [{"do_sample": False}, {"num_beams": 3}, {"num_beams": 4, "num_return_sequences": 2}])
@pytest.mark.parametrize("fields", DECODERS.values(), ids=DECODERS)
@pytest.mark.parametrize("kind", ["vit", "bert", "rnn"])
def test_generation_with_a_state_is_that_without(kind: str, fields: dict[str, Any], way: dict[str, Any]) -> None:
    network, given = whole(kind, **fields), {"max_new_tokens": 6, **way, **source(kind)}
    found = network.generate(**given, return_dict_in_generate=True)
    assert isinstance(found.past_key_values, RNNCache)
    assert torch.equal(found.sequences, network.generate(**given, use_cache=False))


@pytest.mark.parametrize("kind", ["bert", "rnn"])
def test_a_batch_writes_what_each_source_does_alone(kind: str) -> None:
    network = whole(kind)
    together = network.generate(**source(kind), num_beams=3, max_new_tokens=5)
    scores = network(**source(kind), decoder_input_ids=SOURCE).logits
    for row, length in enumerate(LENGTHS[0]):
        one = network(SOURCE[row : row + 1, :length], decoder_input_ids=SOURCE[row : row + 1]).logits
        torch.testing.assert_close(scores[row : row + 1], one, atol=1e-5, rtol=1e-5)
        alone = network.generate(SOURCE[row : row + 1, :length], num_beams=3, max_new_tokens=5)
        assert torch.equal(together[row : row + 1, : alone.shape[1]], alone)


@pytest.mark.filterwarnings("ignore:Version v4.12.0:FutureWarning")
@pytest.mark.parametrize("fields", DECODERS.values(), ids=DECODERS)
@pytest.mark.parametrize("kind", ["vit", "bert", "rnn"])
def test_it_saves_loads_and_learns(kind: str, fields: dict[str, Any], tmp_path: Path) -> None:
    network = whole(kind, **fields)
    network.save_pretrained(tmp_path)
    loaded = type(network).from_pretrained(tmp_path).eval()
    assert type(loaded.decoder) is RNNForCausalLM
    tied = loaded.decoder.lm_head.weight is loaded.decoder.model.embed_tokens.weight
    assert tied is bool(fields.get("tie_word_embeddings"))
    outputs = [each(**source(kind), labels=TARGET) for each in (network, loaded)]
    assert torch.equal(outputs[0].logits, outputs[1].logits)
    outputs[1].loss.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in loaded.decoder.parameters())
    given = {"num_beams": 2, "max_new_tokens": 5, **source(kind)}
    assert torch.equal(network.generate(**given), loaded.generate(**given))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("fields", DECODERS.values(), ids=DECODERS)
def test_step_by_step_is_all_at_once_whatever_is_padded(fields: dict[str, Any], cell: str) -> None:
    torch.manual_seed(0)
    network = decoder(**{**fields, "cell": cell, "cross_attention_hidden_size": 6}).eval()
    memory, ids = torch.randn(2, 3, 6), torch.tensor([[0, 0, 3, 4, 5], [6, 7, 8, 9, 3]])
    mask = (ids > 0).long()
    given: dict[str, Any] = {"encoder_hidden_states": memory, "output_attentions": True}
    leaves = dict(network.named_parameters())
    together = network(ids, attention_mask=mask, **given)
    alone = network(ids[:1, 2:], encoder_hidden_states=memory[:1], output_attentions=True)
    torch.testing.assert_close(together.logits[:1, 2:], alone.logits)
    torch.testing.assert_close(together.cross_attentions[0][:1, :, 2:], alone.cross_attentions[0])
    cache, parts = RNNCache(network.config), []
    for t in range(5):
        step = network(ids[:, t : t + 1], attention_mask=mask[:, : t + 1], past_key_values=cache, **given)
        parts.append(step.logits)
    torch.testing.assert_close(torch.cat(parts, 1)[0, 2:], together.logits[0, 2:])
    torch.testing.assert_close(torch.cat(parts, 1)[1], together.logits[1])
    slopes = [gradients((logits**2).sum(), leaves) for logits in (together.logits[0, 2:], alone.logits[0])]
    same(*slopes)


def test_generate_of_the_decoder_alone_looks_at_what_it_is_given() -> None:
    network, memory = decoder().eval(), torch.randn(2, 4, 8)
    prompt = torch.tensor([[1, 3], [1, 4]])
    given: dict[str, Any] = {"encoder_hidden_states": memory, "max_new_tokens": 5, "do_sample": False}
    found = network.generate(prompt, **given)
    assert torch.equal(found, network.generate(prompt, use_cache=False, **given))
    # A state that has begun remembers it.
    begun = network(prompt[:, :1], encoder_hidden_states=memory, use_cache=True).past_key_values
    given.pop("encoder_hidden_states")
    assert torch.equal(found, network.generate(prompt, past_key_values=begun, **given))


@pytest.mark.parametrize("empty", [DynamicCache, lambda: EncoderDecoderCache(DynamicCache(), DynamicCache())])
def test_an_empty_cache_of_another_kind_is_no_state(empty: Any) -> None:
    network, memory = decoder().eval(), torch.randn(1, 4, 8)
    ids = torch.tensor([[1, 3]])
    found = network(ids, encoder_hidden_states=memory, past_key_values=empty(), use_cache=True)
    assert isinstance(found.past_key_values, RNNCache)
    assert found.past_key_values.get_seq_length() == 2
    assert torch.equal(found.logits, network(ids, encoder_hidden_states=memory).logits)


def test_a_begun_cache_of_another_kind_is_refused() -> None:
    begun = DynamicCache()
    begun.update(torch.zeros(1, 1, 2, 4), torch.zeros(1, 1, 2, 4), 0)
    with pytest.raises(StateError, match="is a DynamicCache"):
        decoder()(torch.tensor([[1]]), encoder_hidden_states=torch.zeros(1, 2, 8), past_key_values=begun)
    plain = RNNForCausalLM(RNNConfig(vocab_size=11, hidden_size=6))
    with pytest.raises(StateError, match="is a DynamicCache"):
        plain(torch.tensor([[1]]), past_key_values=DynamicCache())


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(ConfigError, match="would see nothing of the encoder"):
        decoder(attention=None)
    with pytest.raises(ConfigError, match="RNNModel looks at no encoder"):
        RNNModel(decoder().config)
    with pytest.raises(DataError, match="looks at no encoder"):
        RNNForCausalLM(RNNConfig(vocab_size=11, hidden_size=6))(SOURCE, encoder_hidden_states=torch.zeros(3, 2, 6))
    with pytest.raises(StateError, match="without encoder outputs"):
        decoder()(SOURCE)
    with pytest.raises(StateError, match="reset_mask"):
        decoder()(SOURCE, encoder_hidden_states=torch.zeros(3, 2, 8), reset_mask=torch.zeros(3, 5))
