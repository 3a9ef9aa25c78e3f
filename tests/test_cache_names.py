import pytest
import torch
from transformers.modeling_outputs import CausalLMOutputWithPast

from seqkit import RNNForCausalLM
from seqkit.cache_names import CACHE, NAMES, cache_of, rename_cache
from seqkit.errors import StateError
from tests.cases import model

IDS = torch.tensor([[1, 2, 3]])


def test_it_is_the_name_of_the_installed_transformers() -> None:
    assert CACHE in CausalLMOutputWithPast.__dataclass_fields__


@pytest.mark.parametrize("name", NAMES)
def test_forward_and_generate_take_both_names(name: str) -> None:
    network = model(RNNForCausalLM).eval()
    first = network(IDS, use_cache=True)
    assert CACHE in first
    cache = cache_of(first)
    state = cache.clone()
    more = network(IDS[:, :1], **{name: cache})
    whole = network(torch.cat([IDS, IDS[:, :1]], 1))
    torch.testing.assert_close(more.logits[:, -1], whole.logits[:, -1])
    new = torch.tensor([[4, 5]])
    mask = torch.ones(1, 5, dtype=torch.long)
    written = network.generate(new, attention_mask=mask, **{name: state}, max_new_tokens=4, do_sample=False)
    expected = network.generate(torch.cat([IDS, new], 1), max_new_tokens=4, do_sample=False)
    assert torch.equal(written, expected[:, 3:])


def test_two_caches_are_refused() -> None:
    network = model(RNNForCausalLM).eval()
    cache = cache_of(network(IDS, use_cache=True))
    for call in (network, network.generate):
        with pytest.raises(StateError, match="two names of one state"):
            call(IDS, past_key_values=cache, cache=cache)


def test_no_cache_leaves_no_name() -> None:
    given = {"past_key_values": None, "cache": None, "use_cache": True}
    rename_cache(given)
    assert given == {"use_cache": True}
