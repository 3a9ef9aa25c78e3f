from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import DynamicCache, StaticCache

from seqkit.errors import DataError, StateError
from seqkit.models import RNNForCausalLM
from tests.cases import model

IDS = torch.tensor([[1, 2, 3], [4, 5, 6]])
ONES = torch.ones(2, 3).long()


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (torch.zeros(1, 0).long(), "the prompt is empty"),
        (torch.zeros(2, 0).long(), "the prompt is empty"),
        (torch.tensor([1, 2]), r"of shape \(2,\); expected integer token ids \(B, T\)"),
        (torch.tensor([[[1, 2]]]), r"of shape \(1, 1, 2\)"),
        (torch.tensor([[1.0, 2.0]]), r"torch\.float32 of shape \(1, 2\)"),
        ([[1, 2]], "the prompt is a list"),
        ("hello", r'the prompt is a str; expected token ids \(B, T\). For a text: tokenizer\(text'),
        (torch.tensor([[1, 11]]), "holds 11; expected 0 to 10"),
        (torch.tensor([[1, -1]]), "holds -1; expected 0 to 10"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_prompt_is_refused(prompt: Any, words: str) -> None:
    for given in ({"inputs": prompt}, {"input_ids": prompt}):
        with pytest.raises(DataError, match=words):
            model(RNNForCausalLM).generate(**given, max_new_tokens=2)


@pytest.mark.parametrize("shape", [(2, 4), (1, 3), (2, 2), (3,)])
def test_a_mask_that_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match=r"attention_mask has shape .*; expected \(2, 3\)\."):
        model(RNNForCausalLM).generate(IDS, attention_mask=torch.ones(shape), max_new_tokens=2)


@pytest.mark.parametrize("mask", [None, ONES[:, :2]], ids=["no mask", "a mask of the new tokens"])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_new_tokens_need_a_mask_that_says_so(length: int, mask: Tensor | None) -> None:
    network = model(RNNForCausalLM)
    cache = network(IDS).past_key_values
    mask = None if mask is None else torch.ones(2, length)
    with pytest.raises(StateError, match=rf"{length} tokens and the state has read 3: .* \(2, {length + 3}\), or use"):
        network.generate(IDS[:, :length], attention_mask=mask, past_key_values=cache, max_new_tokens=2)
    assert cache.get_seq_length() == 3
    new = network.generate(
        IDS[:, :length], attention_mask=torch.ones(2, 3 + length), past_key_values=cache, max_new_tokens=2
    )
    assert new.shape == (2, length + 2)


def test_a_mask_beside_a_state_may_cover_new_or_all_tokens_only() -> None:
    network = model(RNNForCausalLM)
    cache = network(IDS[:, :1]).past_key_values
    with pytest.raises(DataError, match=r"\(2, 2\); expected \(2, 3\) or \(2, 4\)"):
        network.generate(IDS, attention_mask=ONES[:, :2], past_key_values=cache, max_new_tokens=2)


def test_caches_of_other_models_are_refused() -> None:
    network = model(RNNForCausalLM)
    for cache in (DynamicCache(), StaticCache(network.config, max_cache_len=8)):
        with pytest.raises(StateError, match=f"is a {type(cache).__name__}; expected a seqkit.RNNCache"):
            network.generate(IDS, past_key_values=cache, max_new_tokens=2)
    cache = network(IDS[:, :2]).past_key_values
    for other, words in (
        (model(RNNForCausalLM, "rnn"), "cell 'gru'; this one has 'rnn'"),
        (model(RNNForCausalLM, num_hidden_layers=2), "1 layers; this model has 2"),
        (model(RNNForCausalLM, hidden_size=7), r"shapes \[\(2, 6\)\]; expected \[\(2, 7\)\]"),
        (model(RNNForCausalLM).double(), r"Use cache.to\(model.dtype\)"),
    ):
        with pytest.raises(StateError, match=words):
            other.generate(IDS, past_key_values=cache.clone(), max_new_tokens=2)
    with pytest.raises(StateError, match="for a batch of 1"):
        network.generate(IDS[:1], past_key_values=cache.clone(), max_new_tokens=2)


def test_vectors_are_prompts_too() -> None:
    network = model(RNNForCausalLM)
    vectors = network.get_input_embeddings()(IDS)
    assert network.generate(inputs_embeds=vectors, max_new_tokens=2, pad_token_id=0).shape == (2, 2)
    for wrong, words in ((vectors[0], r"is \(3, 6\); expected"), ([1.0], "is a list; expected")):
        with pytest.raises(DataError, match=words):
            network.generate(inputs_embeds=wrong, max_new_tokens=2)
    with pytest.raises(DataError, match="the prompt is empty"):
        network.generate(inputs_embeds=vectors[:, :0], max_new_tokens=2)
    with pytest.raises(DataError, match=r"expected \(2, 3\)"):
        network.generate(inputs_embeds=vectors, attention_mask=ONES[:, :2], max_new_tokens=2)


def test_what_no_recurrent_model_has_is_refused() -> None:
    network = model(RNNForCausalLM)
    with pytest.raises(DataError, match="output_attentions is True; a recurrent network has none"):
        network.generate(IDS, output_attentions=True, return_dict_in_generate=True, max_new_tokens=2)
    state = network(IDS).past_key_values.state
    with pytest.raises(StateError, match="initial_state is for training"):
        network.generate(IDS, initial_state=state, max_new_tokens=2)
