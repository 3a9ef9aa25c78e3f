import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import DynamicCache

from seqkit.config import RNNConfig
from seqkit.errors import StateError
from seqkit.models import RNNCache, RNNForCausalLM, RNNModel
from seqkit.models.state import detach
from tests.cases import CELLS, config, model

IDS = torch.tensor([[1, 2, 3], [4, 5, 6]])


def filled(cell: str = "lstm", kind: type = RNNForCausalLM, **fields: Any) -> tuple[Any, RNNCache]:
    """Return a model and the cache it filled; the cache holds parts that require gradients."""
    network = model(kind, cell, num_hidden_layers=2, **fields)
    return network, network(IDS, use_cache=True).past_key_values


def tensors(cache: RNNCache) -> list[torch.Tensor]:
    """Return all tensors of a cache."""
    return [t for layer in cache.state or () for t in layer] + ([] if cache.output is None else [cache.output])


def equal(a: RNNCache, b: RNNCache) -> bool:
    """Tell whether two caches hold the same, bit by bit."""
    pairs = zip(tensors(a), tensors(b), strict=True)
    return a.get_seq_length() == b.get_seq_length() and all(torch.equal(x, y) for x, y in pairs)


def test_size_does_not_grow() -> None:
    network, cache = filled()
    before = [t.shape for t in tensors(cache)]
    network(IDS, past_key_values=cache)
    assert [t.shape for t in tensors(cache)] == before
    assert cache.get_seq_length() == 6
    assert cache.batch_size == 2
    assert len(cache) == 2


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    ("change", "rows"),
    [
        (lambda c: c.reorder_cache(torch.tensor([1, 0])), [1, 0]),
        (lambda c: c.reorder_cache(torch.tensor([1, 1])), [1, 1]),
        (lambda c: c.batch_select_indices(torch.tensor([1])), [1]),
        (lambda c: c.batch_repeat_interleave(2), [0, 0, 1, 1]),
    ],
)
def test_rows_are_moved_together(cell: str, change: Any, rows: list[int]) -> None:
    network, cache = filled(cell)
    expected = [t[rows] for t in tensors(cache)]
    change(cache)
    assert all(torch.equal(a, b) for a, b in zip(tensors(cache), expected, strict=True))
    following = network(IDS[rows], past_key_values=cache).logits
    whole = network(torch.cat([IDS[rows], IDS[rows]], 1)).logits[:, 3:]
    torch.testing.assert_close(following, whole)


def test_reset_forgets_everything() -> None:
    network, cache = filled()
    cache.reset()
    assert cache.state is None
    assert cache.output is None
    assert (cache.get_seq_length(), cache.batch_size) == (0, -1)
    torch.testing.assert_close(network(IDS, past_key_values=cache).logits, network(IDS).logits)


def test_a_clone_is_independent() -> None:
    network, cache = filled()
    kept, branch = [t.clone() for t in tensors(cache)], cache.clone()
    with torch.no_grad():
        for tensor in tensors(branch):
            tensor.zero_()
    network(IDS, past_key_values=branch)
    branch.batch_repeat_interleave(3)
    assert all(torch.equal(a, b) for a, b in zip(tensors(cache), kept, strict=True))
    assert (cache.get_seq_length(), branch.get_seq_length()) == (3, 6)
    assert not {t.data_ptr() for t in tensors(cache)} & {t.data_ptr() for t in tensors(cache.clone())}


def test_a_clone_keeps_the_graph_and_detach_cuts_it() -> None:
    _, cache = filled()
    assert all(t.requires_grad for t in tensors(cache.clone()))
    assert not any(t.requires_grad for t in tensors(cache.detach()))
    assert equal(cache.detach(), cache)
    state = detach(cache.state)
    assert not any(t.requires_grad for layer in state for t in layer)


def test_to_converts_a_copy() -> None:
    _, cache = filled()
    assert {t.dtype for t in tensors(cache.to(torch.float64))} == {torch.float64}
    assert {t.dtype for t in tensors(cache)} == {torch.float32}


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
def test_deepcopy_and_pickle(copied: Any) -> None:
    cache = filled()[1].detach()
    other = copied(cache)
    assert equal(other, cache)
    tensors(other)[0].zero_()
    assert not equal(other, cache)


@pytest.mark.parametrize("kind", [RNNModel, RNNForCausalLM])
@pytest.mark.parametrize("cell", CELLS)
def test_save_and_load(cell: str, kind: type, tmp_path: Path) -> None:
    network, cache = filled(cell, kind)
    cache.save(tmp_path / "talk.safetensors")
    loaded = RNNCache.load(tmp_path / "talk.safetensors")
    assert equal(loaded, cache)
    assert [path.name for path in tmp_path.iterdir()] == ["talk.safetensors"]
    with torch.no_grad():
        assert torch.equal(network(IDS, past_key_values=loaded)[0], network(IDS, past_key_values=cache)[0])


def test_a_fresh_process_goes_on_bit_by_bit(tmp_path: Path) -> None:
    network, cache = filled()
    network.save_pretrained(tmp_path / "model")
    cache.save(tmp_path / "state.safetensors")
    with torch.no_grad():
        expected = network(IDS, past_key_values=cache).logits
    code = (
        "import sys, torch; from seqkit.models import RNNCache, RNNForCausalLM; torch.set_num_threads(1);"
        "model = RNNForCausalLM.from_pretrained(sys.argv[1] + '/model').eval();"
        "cache = RNNCache.load(sys.argv[1] + '/state.safetensors');"
        "torch.set_grad_enabled(False);"
        "out = model(torch.tensor([[1, 2, 3], [4, 5, 6]]), past_key_values=cache).logits;"
        "torch.save(out, sys.argv[1] + '/out.pt')"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=120)
    assert torch.equal(torch.load(tmp_path / "out.pt"), expected)


def test_an_empty_cache_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no state to save"):
        RNNCache(2).save(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


T = torch.zeros(2, 3)


def test_a_state_of_another_model_is_refused() -> None:
    network, cache = filled("lstm")
    for other, words in (
        (model(RNNForCausalLM, "gru", num_hidden_layers=2), "cell 'lstm'; this one has 'gru'"),
        (model(RNNForCausalLM, "lstm", num_hidden_layers=2, hidden_size=7), "shapes"),
        (model(RNNForCausalLM, "lstm"), "2 layers; this model has 1"),
        (copy.deepcopy(network).double(), r"cache.to\(model.dtype\)"),
    ):
        with pytest.raises(StateError, match=words):
            other(IDS, past_key_values=cache.clone())
    with pytest.raises(StateError, match="batch of 1"):
        network(IDS[:1], past_key_values=cache)


def test_an_empty_cache_of_another_depth_is_refused() -> None:
    with pytest.raises(StateError, match="3 layers; this model has 1"):
        model()(IDS, past_key_values=RNNCache(3))


def test_other_caches_are_refused() -> None:
    for other in (DynamicCache(), ((T,),)):
        for network in (model(), model(RNNForCausalLM)):
            with pytest.raises(StateError, match=f"{type(other).__name__}; expected a seqkit.RNNCache"):
                network(IDS, past_key_values=other)
        with pytest.raises(StateError, match="RNNCache"):
            model(RNNForCausalLM).generate(IDS, past_key_values=other, max_new_tokens=1)


def test_a_bidirectional_model_refuses_a_cache_by_name() -> None:
    with pytest.raises(StateError, match="past_key_values was given to a bidirectional model"):
        model(bidirectional=True)(IDS, past_key_values=RNNCache(1))
    assert model(bidirectional=True)(IDS, use_cache=True).past_key_values is None


def test_two_states_at_once_are_refused() -> None:
    network, cache = filled()
    with pytest.raises(StateError, match="initial_state and past_key_values"):
        network(IDS, past_key_values=cache, initial_state=cache.state)


def test_keys_and_values_are_refused() -> None:
    with pytest.raises(StateError, match="not keys and values"):
        RNNCache(1).update(T, T, 0)


def test_a_state_of_another_cell_with_equal_shapes_is_refused(tmp_path: Path) -> None:
    filled("gru")[1].save(tmp_path / "state")
    with pytest.raises(StateError, match="cell 'gru'; this one has 'rnn'"):
        model(RNNForCausalLM, "rnn", num_hidden_layers=2)(IDS, past_key_values=RNNCache.load(tmp_path / "state"))


def test_without_recording_all_or_nothing_is_taken_back() -> None:
    _, cache = filled()
    cache.crop(0)
    assert cache.get_seq_length() == 3
    assert not cache.is_croppable  # and yet all of it can go
    with pytest.raises(StateError, match="cannot remove 2 of 3"):
        cache.crop(-2)
    assert cache.get_seq_length() == 3
    cache.crop(-3)
    assert cache.state is None


def test_made_from_a_configuration() -> None:
    assert len(RNNCache(config(num_hidden_layers=3))) == 3
    assert RNNCache(1).get_max_length() == -1
    assert filled()[1].get_mask_sizes(2, 0) == (5, 0)
    cache = filled()[1]
    for layer in cache.layers:
        layer.offload()
        layer.prefetch()
    assert tensors(cache)[0].device.type == "cpu"


def test_a_cache_without_layers_takes_those_of_the_first_model() -> None:
    network = RNNForCausalLM(RNNConfig(vocab_size=10, hidden_size=4, num_hidden_layers=2)).eval()
    ids, cache = torch.randint(0, 10, (2, 5)), RNNCache()
    network(ids[:, :3], past_key_values=cache)
    assert (len(cache), cache.get_seq_length()) == (2, 3)
    torch.testing.assert_close(network(ids[:, 3:], past_key_values=cache).logits, network(ids).logits[:, 3:])
    generated = network.generate(ids, past_key_values=RNNCache(), max_new_tokens=4, do_sample=False)
    assert torch.equal(generated, network.generate(ids, max_new_tokens=4, do_sample=False))


def test_it_can_be_cropped_while_it_records() -> None:
    _, cache = filled()
    cache.activate_past_recording()
    assert cache.is_croppable
