import pytest
import torch
from torch import Tensor

from seqkit.errors import StateError
from seqkit.models import RNNCache, RNNForCausalLM
from seqkit.models.rollback import Rollback
from tests.cases import CELLS, model

IDS = torch.tensor([[1, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1]])
LEFT = torch.tensor([[1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 0, 1, 1, 1]])


def recorded(network: RNNForCausalLM, pieces: list[int], mask: Tensor | None = None) -> RNNCache:
    """Read the ids in pieces, remembering each."""
    cache = RNNCache(network.config)
    cache.activate_past_recording()
    for ids, part in zip(IDS.split(pieces, 1), (LEFT if mask is None else mask).split(pieces, 1), strict=False):
        network(ids, attention_mask=part, past_key_values=cache)
    return cache


@pytest.mark.parametrize("back", range(9))
@pytest.mark.parametrize("pieces", [[8], [3, 5], [1] * 8, [4, 2, 2]], ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_after_going_back_all_is_as_if_never_read(cell: str, pieces: list[int], back: int) -> None:
    network = model(RNNForCausalLM, cell, num_hidden_layers=2)
    cache = recorded(network, pieces)
    cache.crop(-back)
    assert cache.get_seq_length() == 8 - back
    kept = 8 - back
    found = network(IDS[:, :3], attention_mask=LEFT[:, 5:], past_key_values=cache, output_hidden_states=True)
    mask = torch.cat([LEFT[:, :kept], LEFT[:, 5:]], 1)
    whole = network(torch.cat([IDS[:, :kept], IDS[:, :3]], 1), attention_mask=mask, output_hidden_states=True)
    torch.testing.assert_close(found.logits, whole.logits[:, kept:])
    for ours, theirs in zip(found.hidden_states, whole.hidden_states, strict=True):
        torch.testing.assert_close(ours, theirs[:, kept:])
    assert cache.get_seq_length() == kept + 3
    assert cache.rollback.replayed == 0


def test_padding_after_going_back_repeats_the_last_real_output() -> None:
    network = model(RNNForCausalLM)
    cache = recorded(network, [8], torch.ones(2, 8).long())
    cache.crop(-3)
    padded = network(IDS[:, :1], attention_mask=torch.zeros(2, 1).long(), past_key_values=cache).logits[:, 0]
    torch.testing.assert_close(padded, network(IDS[:, :5]).logits[:, -1])


@pytest.mark.parametrize("change", ["clone", "detach", "to", "repeat", "select", "reorder", "file"])
def test_what_is_to_be_read_again_travels_with_the_cache(change: str, tmp_path) -> None:
    network = model(RNNForCausalLM, "lstm")
    cache, rows = recorded(network, [3, 5]).detach(), [0, 1]
    cache.activate_past_recording()
    network(IDS, past_key_values=cache)
    cache.crop(-4)
    if change == "repeat":
        cache.batch_repeat_interleave(2)
        rows = [0, 0, 1, 1]
    elif change == "select":
        cache.batch_select_indices(torch.tensor([1]))
        rows = [1]
    elif change == "reorder":
        cache.reorder_cache(torch.tensor([1, 0]))
        rows = [1, 0]
    elif change == "file":
        cache.save(tmp_path / "state")
        cache = RNNCache.load(tmp_path / "state")
    else:
        cache = cache.to(torch.float32) if change == "to" else getattr(cache, change)()
    assert cache.rollback.replayed == 4
    found = network(IDS[rows, :2], past_key_values=cache).logits
    mask = torch.cat([LEFT, torch.ones(2, 6).long()], 1)[rows]
    whole = network(torch.cat([IDS, IDS[:, :4], IDS[:, :2]], 1)[rows], attention_mask=mask).logits
    torch.testing.assert_close(found, whole[:, -2:])


def test_going_back_twice_needs_the_moment_of_before() -> None:
    network = model(RNNForCausalLM)
    cache = recorded(network, [4, 4])
    cache.crop(-1)
    with pytest.raises(StateError, match="activate_past_recording"):
        cache.crop(-1)
    assert cache.get_seq_length() == 7


def test_nothing_is_kept_unless_asked_for() -> None:
    network, cache = model(RNNForCausalLM), RNNCache(1)
    network(IDS, past_key_values=cache)
    assert cache.rollback.moments == []
    cache.activate_past_recording()
    network(IDS, past_key_values=cache)
    assert [moment.tokens for moment in cache.rollback.moments] == [8]
    cache.crop(0)
    assert cache.rollback.moments == []
    assert cache.get_seq_length() == 16


def test_a_reset_forgets_what_was_to_be_read_again() -> None:
    network = model(RNNForCausalLM)
    cache = recorded(network, [8], torch.ones(2, 8).long())
    cache.crop(-2)
    cache.reset()
    torch.testing.assert_close(network(IDS, past_key_values=cache).logits, network(IDS).logits)


def test_a_length_that_no_moment_reaches_is_not_found() -> None:
    rollback = Rollback()
    rollback.recording = True
    rollback.read(None, 5, torch.zeros(1, 3, 2), None)
    assert rollback.back_to(4) is None
    assert rollback.back_to(9) is None
    assert rollback.back_to(6).length == 5
    assert rollback.replayed == 1
