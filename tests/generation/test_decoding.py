"""The naive twin is transformers' own loop: tokens, scores, the calls of all that takes part, and the state."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import GenerationMixin, LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from seqkit.generation import decoding
from seqkit.generation.decoding import Written, threads_for, untouched
from seqkit.models import RNNCache, RNNForCausalLM
from tests.cases import CELLS, model

PROMPTS = torch.tensor([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [3, 3, 1, 0, 2]])
LEFT = torch.tensor([[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 1]])


class Stock(RNNForCausalLM):
    """A model that writes in transformers' own loop."""

    _sample = GenerationMixin._sample


class Listener(LogitsProcessor, StoppingCriteria):
    """Takes part in everything and notes what it saw."""

    def __init__(self, stop_at: int = 99) -> None:
        self.seen: list[Any] = []
        self.stop_at = stop_at

    def __call__(self, ids: Tensor, scores: Any) -> Tensor:
        self.seen.append((ids.clone(), copy.deepcopy(scores)))
        if isinstance(scores, Tensor):
            return scores.index_fill_(1, torch.tensor([2]), -1e9)
        return ids[:, -1] == self.stop_at

    def put(self, value: Tensor) -> None:
        self.seen.append(value.clone())

    def end(self) -> None:
        self.seen.append("end")


def both(network: RNNForCausalLM, ids: Tensor = PROMPTS, listen: bool = False, **kwargs: Any) -> tuple[Any, Any]:
    """Write with our loop and with the stock one; a cache is cloned for each."""
    stock = copy.deepcopy(network)
    stock.__class__ = Stock
    found = []
    for writer in (network, stock):
        torch.manual_seed(5)
        asked = {"max_new_tokens": 12, "pad_token_id": 0, "return_dict_in_generate": True, **kwargs}
        if "past_key_values" in asked:
            asked["past_key_values"] = asked["past_key_values"].clone()
        listeners = [Listener(), Listener(7), Listener()]
        if listen:
            asked["logits_processor"] = LogitsProcessorList([listeners[0]])
            asked["stopping_criteria"] = StoppingCriteriaList([listeners[1]])
            asked["streamer"] = listeners[2] if len(ids) == 1 else None
        found.append((writer.generate(ids, **asked), [listener.seen for listener in listeners]))
    return found[0], found[1]


def alike(ours: Any, theirs: Any) -> None:
    """Compare whatever was found, however deep."""
    if isinstance(ours, Tensor):
        torch.testing.assert_close(ours, theirs)
    elif isinstance(ours, list | tuple):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            alike(a, b)
    elif isinstance(ours, RNNCache):
        assert ours.get_seq_length() == theirs.get_seq_length()
        alike((*ours.state, ours.output), (*theirs.state, theirs.output))
    elif hasattr(ours, "keys"):
        assert ours.keys() == theirs.keys()
        alike(list(ours.values()), list(theirs.values()))
    else:
        assert ours == theirs


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often our own loop ran."""
    calls: list[int] = []
    write = decoding.write
    monkeypatch.setattr(
        "seqkit.models.causal_lm.write", lambda *args, **kwargs: (calls.append(1), write(*args, **kwargs))[1]
    )
    return calls


WAYS: dict[str, dict[str, Any]] = {
    "greedy": {"do_sample": False},
    "sampling": {"do_sample": True, "temperature": 0.7, "top_k": 5, "top_p": 0.9},
    "everything": {"do_sample": True, "output_scores": True, "output_logits": True},
    "ends": {"do_sample": True, "eos_token_id": [4, 9], "output_scores": True},
    "penalties": {"do_sample": False, "repetition_penalty": 1.5, "no_repeat_ngram_size": 2, "min_new_tokens": 3},
    "several": {"do_sample": True, "num_return_sequences": 3},
    "chunks": {"do_sample": False, "prefill_chunk_size": 2},
    "long": {"do_sample": True, "max_new_tokens": 400},
}


@pytest.mark.parametrize("listen", [False, True], ids=["alone", "heard"])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cell", CELLS)
def test_everything_is_as_in_the_stock_loop(cell: str, way: str, rows: int, listen: bool, written: list[int]) -> None:
    network = model(RNNForCausalLM, cell, num_hidden_layers=2)
    ours, theirs = both(network, PROMPTS[:rows], listen, attention_mask=LEFT[:rows], **WAYS[way])
    alike(ours, theirs)
    assert written == [1]


def test_writing_on_from_a_state_and_from_vectors(written: list[int]) -> None:
    network = model(RNNForCausalLM, "lstm")
    cache = network(PROMPTS[:, :3]).past_key_values
    alike(*both(network, past_key_values=cache, do_sample=False))
    alike(*both(network, None, inputs_embeds=network.get_input_embeddings()(PROMPTS), do_sample=False))
    assert written == [1, 1]


def test_in_half_precision_nothing_is_rounded_otherwise(written: list[int]) -> None:
    for cell in CELLS:
        network = model(RNNForCausalLM, cell, hidden_size=32).to(torch.bfloat16)
        ours, theirs = both(network, PROMPTS[:1], do_sample=False, max_new_tokens=60, output_logits=True)
        assert torch.equal(ours[0].sequences, theirs[0].sequences)
        assert all(torch.equal(a, b) for a, b in zip(ours[0].logits, theirs[0].logits, strict=True))
    assert len(written) == len(CELLS)


@pytest.mark.parametrize(
    "asked",
    [
        {"use_cache": False},
        {"output_hidden_states": True, "return_dict_in_generate": True},
        {"num_beams": 2},
        {"prompt_lookup_num_tokens": 2},
    ],
    ids=str,
)
def test_what_our_loop_does_not_do_is_left_to_the_stock_loop(asked: dict, written: list[int]) -> None:
    model(RNNForCausalLM).generate(PROMPTS[:1], max_new_tokens=3, do_sample=False, pad_token_id=0, **asked)
    assert written == []


class Twice(RNNForCausalLM):
    """A model of somebody's, whose scores are other ones."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        outputs = super().forward(*args, **kwargs)
        outputs["logits"] = -outputs.logits
        return outputs


class Loud(nn.Linear):
    """A head that somebody put in the place of ours."""

    def forward(self, x: Tensor) -> Tensor:
        return -super().forward(x)


def test_a_changed_model_runs_as_it_was_changed(written: list[int]) -> None:
    network, other = model(RNNForCausalLM), model(RNNForCausalLM)
    asked = {"max_new_tokens": 5, "do_sample": False, "pad_token_id": 0}
    other.load_state_dict(network.state_dict())
    other.__class__ = Twice
    expected = other.generate(PROMPTS, **asked)
    head = Loud(6, 11)
    head.load_state_dict(network.lm_head.state_dict())
    changed = copy.deepcopy(network)
    changed.lm_head = head
    assert torch.equal(changed.generate(PROMPTS, **asked), expected)
    network.lm_head.register_forward_hook(lambda module, args, output: -output)
    assert torch.equal(network.generate(PROMPTS, **asked), expected)
    assert written == []


def test_who_listens_is_noticed() -> None:
    network = model(RNNForCausalLM)
    assert untouched(network)
    handle = network.rnn_layers[0].cells[0].register_forward_pre_hook(lambda module, args: None)
    assert not untouched(network)
    handle.remove()
    handle = nn.modules.module.register_module_forward_hook(lambda *args: None)
    assert not untouched(network)
    handle.remove()
    network.forward = torch.compile(network.forward)
    assert not untouched(network)
    network = model(RNNForCausalLM)
    network.compile()
    assert not untouched(network)
    network = model(RNNForCausalLM)
    nn.utils.parametrizations.weight_norm(network.lm_head)
    assert not untouched(network)


def test_training_mode_and_autocast_run_the_stock_loop(written: list[int]) -> None:
    network = model(RNNForCausalLM, hidden_dropout=0.5, num_hidden_layers=2).train()
    network.generate(PROMPTS, max_new_tokens=2, do_sample=False, pad_token_id=0)
    with torch.autocast("cpu", torch.bfloat16):
        network.eval().generate(PROMPTS, max_new_tokens=2, do_sample=False, pad_token_id=0)
    assert written == []


def test_a_streamer_that_breaks_off_leaves_the_state_of_what_was_read() -> None:
    network, cache = model(RNNForCausalLM), RNNCache(1)

    class Breaking(Listener):
        def put(self, value: Tensor) -> None:
            super().put(value)
            if len(self.seen) == 5:
                raise KeyboardInterrupt

    streamer = Breaking()
    with pytest.raises(KeyboardInterrupt):
        network.generate(PROMPTS[:1], past_key_values=cache, streamer=streamer, max_new_tokens=20, do_sample=False)
    # The prompt and three tokens were read; the fourth was handed out and not read.
    assert cache.get_seq_length() == 8
    ids = torch.cat([streamer.seen[0], *(t[None] for t in streamer.seen[1:4])], 1)
    torch.testing.assert_close(cache.state, network(ids).past_key_values.state)


def test_ids_are_put_together_when_looked_at() -> None:
    written, expected = Written(PROMPTS), PROMPTS
    for n in range(1, 700):
        tokens = torch.full((3,), n)
        written.append(tokens)
        expected = torch.cat([expected, tokens[:, None]], 1)
        if n % 97 == 0 or n < 3:
            assert torch.equal(written.ids, expected)
    assert torch.equal(written.ids, expected)
    assert torch.equal(PROMPTS[0], torch.tensor([1, 2, 3, 4, 5]))


@pytest.mark.parametrize(("work", "expected"), [(1000, 1), (10**9, 2)])
def test_small_steps_run_on_one_thread(work: int, expected: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with threads_for(work):
            assert torch.get_num_threads() == expected
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_the_streamer_is_called_on_few_threads_and_the_rest_is_as_before() -> None:
    class Counting(Listener):
        def put(self, value: Tensor) -> None:
            self.seen.append(torch.get_num_threads())

    before, streamer = torch.get_num_threads(), Counting()
    torch.set_num_threads(2)
    try:
        model(RNNForCausalLM).generate(PROMPTS[:1], streamer=streamer, max_new_tokens=3, do_sample=False)
        assert streamer.seen == [2, 1, 1, 1, "end"]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
