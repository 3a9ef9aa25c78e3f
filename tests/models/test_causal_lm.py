from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit.errors import ConfigError, DataError, StateError
from seqkit.models import RNNCache, RNNForCausalLM
from tests.cases import CELLS, MASKS, config, gradients, model, rows, same

PROMPTS = torch.tensor([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]])
SIDES = {
    "none": [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1]],
    "left": [[1, 1, 1, 1, 1], [0, 0, 0, 1, 1]],
    "right": [[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]],
}
WAYS: dict[str, dict[str, Any]] = {
    "greedy": {"do_sample": False},
    "sampling": {"do_sample": True, "top_k": 5},
    "beams": {"num_beams": 3, "do_sample": False},
    "several": {"num_return_sequences": 3, "do_sample": True},
    "several beams": {"num_beams": 4, "num_return_sequences": 2, "do_sample": False},
    "penalty": {"repetition_penalty": 1.3, "do_sample": False},
    "end": {"eos_token_id": 4, "pad_token_id": 0, "do_sample": True},
}


def write(network: RNNForCausalLM, mask: list | None = None, seed: int = 3, **kwargs: Any) -> Any:
    """Generate 6 tokens from the two prompts, or from what is given."""
    torch.manual_seed(seed)
    kwargs = {"max_new_tokens": 6, "pad_token_id": 0, **kwargs}
    if "inputs_embeds" not in kwargs:
        kwargs.setdefault("input_ids", PROMPTS)
    if mask is not None:
        kwargs["attention_mask"] = torch.tensor(mask)
    return network.generate(**kwargs)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cell", CELLS)
def test_generation_with_a_cache_is_that_without(cell: str, way: str, side: str) -> None:
    network = model(RNNForCausalLM, cell, num_hidden_layers=2, layer_norm=True)
    with_cache = write(network, SIDES[side], **WAYS[way])
    assert torch.equal(with_cache, write(network, SIDES[side], use_cache=False, **WAYS[way]))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("cell", CELLS)
def test_a_prompt_read_in_pieces_gives_the_same(cell: str, size: int, side: str) -> None:
    # With padding on the right, the last pieces of the short row hold nothing real.
    network = model(RNNForCausalLM, cell, num_hidden_layers=2, layer_norm=True)
    for way in ("greedy", "beams"):
        whole = write(network, SIDES[side], **WAYS[way])
        assert torch.equal(write(network, SIDES[side], prefill_chunk_size=size, **WAYS[way]), whole)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("cell", CELLS)
def test_a_padded_prompt_gives_what_it_gives_alone(cell: str, side: str) -> None:
    network = model(RNNForCausalLM, cell)
    batch = write(network, SIDES[side], do_sample=False)[:, 5:]
    alone = write(network, input_ids=PROMPTS[1:, torch.tensor(SIDES[side][1]).bool()], do_sample=False)
    assert torch.equal(batch[1], alone[0, 2:])


@pytest.mark.parametrize("way", ["greedy", "beams"])
def test_prompts_may_be_vectors(way: str) -> None:
    network = model(RNNForCausalLM)
    vectors = network.get_input_embeddings()(PROMPTS)
    for side in SIDES.values():
        assert torch.equal(
            write(network, side, inputs_embeds=vectors, **WAYS[way]), write(network, side, **WAYS[way])[:, 5:]
        )


@pytest.mark.parametrize("way", ["greedy", "beams", "several"])
def test_everything_in_the_returned_dictionary_is_equal(way: str) -> None:
    network = model(RNNForCausalLM, num_hidden_layers=2)
    asked = {
        "return_dict_in_generate": True,
        "output_scores": True,
        "output_logits": True,
        "output_hidden_states": True,
    }
    a, b = (write(network, SIDES["left"], **asked, **WAYS[way], use_cache=use) for use in (True, False))
    assert torch.equal(a.sequences, b.sequences)
    for ours, theirs in zip((*a.scores, *a.logits), (*b.scores, *b.logits), strict=True):
        torch.testing.assert_close(ours, theirs)
    for ours, theirs in zip(a.hidden_states, b.hidden_states, strict=True):
        for x, y in zip(ours, theirs, strict=True):
            torch.testing.assert_close(x[:, -1], y[:, -1])
    assert isinstance(a.past_key_values, RNNCache)


class Streamer:
    """Takes what generation hands out."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.ended = False

    def put(self, value: Tensor) -> None:
        self.tokens += value.flatten().tolist()

    def end(self) -> None:
        self.ended = True


def test_streaming() -> None:
    network, streamer = model(RNNForCausalLM), Streamer()
    out = write(network, input_ids=PROMPTS[:1], streamer=streamer, do_sample=False)
    assert streamer.tokens == out[0].tolist()
    assert streamer.ended


@pytest.mark.parametrize("full", [True, False])
def test_writing_goes_on_from_a_cache(full: bool) -> None:
    network = model(RNNForCausalLM, "lstm")
    whole = write(network, do_sample=False)
    cache = network(PROMPTS[:, :3], use_cache=True).past_key_values
    ids = PROMPTS if full else PROMPTS[:, 3:]
    mask = torch.ones(2, 5).long()
    rest = write(network, input_ids=ids, attention_mask=mask, past_key_values=cache.clone(), do_sample=False)
    assert torch.equal(rest[:, -6:], whole[:, -6:])
    assert cache.get_seq_length() == 3


def test_a_cache_of_fewer_rows_is_refused() -> None:
    network = model(RNNForCausalLM)
    cache = network(PROMPTS[:, :3], use_cache=True).past_key_values
    with pytest.raises(StateError, match="batch of 4"):
        write(network, past_key_values=cache, num_return_sequences=2, do_sample=True)
    cache.batch_repeat_interleave(2)
    assert write(network, past_key_values=cache, num_return_sequences=2, do_sample=True).shape == (4, 11)


@pytest.mark.parametrize("kind", ["static", "dynamic", "quantized", "offloaded"])
def test_other_kinds_of_cache_are_refused(kind: str) -> None:
    with pytest.raises(StateError, match=f"cache_implementation is '{kind}'"):
        write(model(RNNForCausalLM), cache_implementation=kind)


ASSISTANTS: dict[str, Any] = {
    "itself": lambda network: {"assistant_model": network},
    "a smaller one": lambda network: {"assistant_model": model(RNNForCausalLM, "rnn", hidden_size=3)},
    "another cell": lambda network: {"assistant_model": model(RNNForCausalLM, "lstm", num_hidden_layers=2)},
    "lookup": lambda network: {"prompt_lookup_num_tokens": 3},
}


@pytest.mark.parametrize("assistant", ASSISTANTS)
@pytest.mark.parametrize("cell", CELLS)
def test_assisted_decoding_is_greedy_decoding(cell: str, assistant: str) -> None:
    network = model(RNNForCausalLM, cell, num_hidden_layers=2)
    help = ASSISTANTS[assistant](network)
    asked = {"do_sample": False, "max_new_tokens": 25, "return_dict_in_generate": True, "output_scores": True}
    for length in range(1, 12):
        ids = torch.randint(0, 11, (1, length))
        alone, helped = write(network, input_ids=ids, **asked), write(network, input_ids=ids, **asked, **help)
        assert torch.equal(helped.sequences, alone.sequences)
        torch.testing.assert_close(torch.cat(helped.scores), torch.cat(alone.scores))
        # The state that comes out is that of the plain run too: tokens taken back have left no trace.
        following = [network(PROMPTS[:1], past_key_values=out.past_key_values).logits for out in (alone, helped)]
        torch.testing.assert_close(*following)


@pytest.mark.parametrize("assistant", ASSISTANTS)
def test_assisted_decoding_stops_and_streams(assistant: str) -> None:
    network = model(RNNForCausalLM, num_hidden_layers=2)
    help = ASSISTANTS[assistant](network)
    for side in ("left", "none"):
        asked = {"do_sample": False, "max_new_tokens": 20, "eos_token_id": 4, "mask": SIDES[side][1:]}
        alone, streamer = write(network, input_ids=PROMPTS[1:], **asked), Streamer()
        assert torch.equal(write(network, input_ids=PROMPTS[1:], streamer=streamer, **asked, **help), alone)
        assert streamer.tokens == alone[0].tolist()


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("assistant", ASSISTANTS)
def test_assisted_decoding_goes_on_from_a_state(assistant: str, full: bool) -> None:
    for seed in range(20):
        torch.manual_seed(seed)
        network = model(RNNForCausalLM)
        for parameter in network.parameters():
            torch.nn.init.uniform_(parameter, -2, 2)  # what was read twice shows
        ids = torch.randint(1, 11, (1, 9))
        cache = network(ids[:, :5]).past_key_values
        given, mask = (ids, None) if full else (ids[:, 5:], [[1] * 9])
        help = ASSISTANTS[assistant](network)
        rest = write(network, mask, input_ids=given, past_key_values=cache, do_sample=False, **help)
        assert torch.equal(rest[:, -6:], write(network, input_ids=ids, do_sample=False)[:, -6:])


def test_chunks_with_a_cache_score_as_the_whole_does() -> None:
    network, ids, mask = model(RNNForCausalLM), torch.randint(0, 11, (4, 5)), torch.tensor(MASKS["scattered"])
    whole = network(ids, mask).logits
    for cut in (1, 2, 3, 4):
        first = network(ids[:, :cut], mask[:, :cut], use_cache=True)
        second = network(ids[:, cut:], mask, past_key_values=first.past_key_values)
        torch.testing.assert_close(torch.cat([first.logits, second.logits], 1), whole)


@pytest.mark.parametrize("side", MASKS)
@pytest.mark.parametrize("cell", CELLS)
def test_loss_scores_and_gradients_are_those_of_the_rows_alone(cell: str, side: str) -> None:
    network, mask = model(RNNForCausalLM, cell, num_hidden_layers=2).double(), torch.tensor(MASKS[side]).bool()
    ids = torch.where(mask, torch.randint(0, 11, mask.shape), -100)
    leaves = dict(network.named_parameters())
    out = network(ids, mask, labels=torch.where(mask, ids, 10**6), num_items_in_batch=1)
    total = torch.zeros((), dtype=torch.float64)
    for index, places in rows(mask):
        alone = network(ids[index : index + 1, places], labels=ids[index : index + 1, places], num_items_in_batch=1)
        torch.testing.assert_close(out.logits[index : index + 1, places], alone.logits)
        total = total + alone.loss
    same({"loss": out.loss, **gradients(out.loss, leaves)}, {"loss": total.float(), **gradients(total, leaves)})


def test_loss_is_the_mean_over_what_is_counted() -> None:
    network, ids = model(RNNForCausalLM), torch.randint(0, 11, (2, 5))
    labels = ids.clone()
    labels[0, :3] = -100
    out = network(ids, labels=labels)
    logits, targets = out.logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    torch.testing.assert_close(out.loss, F.cross_entropy(logits, targets))
    shifted = F.pad(labels[:, 1:], (0, 1), value=-100)
    torch.testing.assert_close(network(ids, shift_labels=shifted).loss, out.loss)
    torch.testing.assert_close(
        network(ids, labels=labels, num_items_in_batch=20).loss, F.cross_entropy(logits, targets, reduction="sum") / 20
    )


def test_logits_to_keep() -> None:
    network, ids = model(RNNForCausalLM), torch.randint(0, 11, (2, 5))
    whole = network(ids).logits
    torch.testing.assert_close(network(ids, logits_to_keep=1).logits, whole[:, -1:])
    places = torch.tensor([0, 3])
    kept = network(ids, logits_to_keep=places, labels=ids)
    torch.testing.assert_close(kept.logits, whole[:, places])
    torch.testing.assert_close(kept.loss, F.cross_entropy(whole[:, places].flatten(0, 1), ids[:, places + 1].flatten()))


def test_tied_weights_are_one() -> None:
    network = model(RNNForCausalLM, tie_word_embeddings=True)
    assert network.lm_head.weight is network.model.embed_tokens.weight
    assert network.lm_head.bias is not None


def test_what_cannot_predict_is_refused() -> None:
    with pytest.raises(ConfigError, match="bidirectional"):
        RNNForCausalLM(config(bidirectional=True))
    with pytest.raises(ConfigError, match="vocab_size"):
        RNNForCausalLM(config(num_features=3))


@pytest.mark.parametrize(
    "layers", [{"num_hidden_layers": 2, "layer_norm": True, "residual": True}, {}], ids=["deep", "one"]
)
def test_documents_of_one_row_give_what_they_give_alone(layers: dict[str, Any]) -> None:
    network = model(RNNForCausalLM, "lstm", learn_initial_state=True, **layers)
    parts = [torch.randint(0, 11, (1, length)) for length in (3, 1, 4)]
    ids = torch.cat(parts, 1)
    resets = torch.tensor([[0, 0, 0, 1, 1, 0, 0, 0]])
    carried = tuple(tuple(torch.randn(1, 6) for _ in range(2)) for _ in range(network.config.num_hidden_layers))
    row = network(ids, initial_state=carried, reset_mask=resets, return_state=True)
    alone = [network(part, initial_state=None if i else carried, return_state=True) for i, part in enumerate(parts)]
    torch.testing.assert_close(row.logits, torch.cat([part.logits for part in alone], 1))
    torch.testing.assert_close(row.state, alone[-1].state)
    assert row.past_key_values is None


def test_nothing_is_predicted_across_the_border_of_documents() -> None:
    network = model(RNNForCausalLM)
    ids = torch.randint(0, 11, (1, 6))
    loss = network(ids, labels=ids, reset_mask=torch.tensor([[0, 0, 1, 0, 0, 0]])).loss
    first, second = (network(part, labels=part).loss for part in (ids[:, :2], ids[:, 2:]))
    torch.testing.assert_close(loss, (first + 3 * second) / 4)


def test_activation_checkpointing_takes_resets(monkeypatch: pytest.MonkeyPatch) -> None:
    network, ids = model(RNNForCausalLM, "lstm").train(), torch.randint(0, 11, (2, 6))
    resets = torch.tensor([[0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]])
    grads = []
    for saving in (False, True):
        if saving:
            network.activation_checkpointing_enable()
        network.zero_grad()
        network(ids, labels=ids, reset_mask=resets, return_state=True).loss.backward()
        grads.append({name: p.grad.clone() for name, p in network.named_parameters()})
    same(*grads)


def test_resets_that_fit_nothing_are_refused() -> None:
    network, ids = model(RNNForCausalLM), torch.randint(0, 11, (2, 6))
    with pytest.raises(DataError, match=r"reset_mask is \(6,\); expected a tensor of shape \(2, 6\)"):
        network(ids, reset_mask=torch.zeros(6))
    with pytest.raises(StateError, match="initial_state and return_state"):
        network(ids, reset_mask=torch.zeros(2, 6), use_cache=True)
