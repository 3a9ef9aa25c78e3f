import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from transformers import GenerationConfig

from seqkit import CharTokenizer, WordTokenizer
from seqkit.errors import DataError, StateError
from seqkit.generation import CharStreamer, Stream
from seqkit.models import RNNCache, RNNForCausalLM, RNNForTokenClassification, RNNModel
from tests.cases import CELLS, model, same
from tests.fresh import printed
from tests.generation.test_streamer import of_bytes

TEXT = "def f(x):\n    return 한글 "
CHARS = CharTokenizer.train(TEXT)
IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5]
WAYS: dict[str, dict[str, Any]] = {
    "greedy": {"do_sample": False},
    "sampling": {"do_sample": True, "top_k": 5},
    "penalty": {"do_sample": False, "repetition_penalty": 1.5},
    "no repeats": {"do_sample": False, "no_repeat_ngram_size": 2},
    "lookup": {"do_sample": False, "prompt_lookup_num_tokens": 3},
    "chunks": {"do_sample": False, "prefill_chunk_size": 2},
    "from a config": {"generation_config": GenerationConfig(do_sample=True, top_p=0.9, pad_token_id=0)},
}


def wild(cell: str = "gru", **fields: Any) -> RNNForCausalLM:
    """Make a small language model whose greedy text is no mere loop: what it read long ago shows."""
    network = model(RNNForCausalLM, cell, **fields)
    network.generation_config.pad_token_id = 0
    for parameter in network.parameters():
        nn.init.uniform_(parameter, -2, 2)
    return network


def writer(tokenizer: Any = CHARS) -> Stream:
    return Stream(wild(vocab_size=len(tokenizer)), tokenizer)


def state(stream: Stream) -> dict[str, Tensor]:
    """Return all that the state holds, by name."""
    tensors = [tensor for layer in stream.cache.state or () for tensor in layer]
    return {str(index): tensor for index, tensor in enumerate(tensors)} | {"length": torch.tensor(len(stream))}


def whole(network: RNNForCausalLM, ids: list[int], count: int, **way: Any) -> list[int]:
    torch.manual_seed(3)
    out = network.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)), max_new_tokens=count, **way)
    return out[0, len(ids) :].tolist()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_text_in_pieces_is_that_of_one_long_call(cell: str, way: str) -> None:
    network = wild(cell, num_hidden_layers=2, layer_norm=True)
    expected = whole(network, IDS, 30, **WAYS[way])
    torch.manual_seed(3)
    stream = Stream(network).feed(IDS[:4]).feed(IDS[4:5]).feed(torch.tensor([IDS[5:]]))
    found = [stream.generate(count, **WAYS[way]) for count in (1, 10, 2, 17)]
    assert torch.cat(found).tolist() == expected
    same(state(stream), state(Stream(network).feed(IDS + expected)))


def test_beams_go_on_from_the_text_that_won() -> None:
    network = wild()
    stream = Stream(network).feed(IDS)
    first = stream.generate(6, num_beams=3, do_sample=False).tolist()
    assert first == whole(network, IDS, 6, num_beams=3, do_sample=False)
    assert stream.generate(6, do_sample=False).tolist() == whole(network, IDS + first, 6, do_sample=False)


@given(st.lists(st.lists(st.integers(0, 10), max_size=5), min_size=1, max_size=6))
def test_how_a_text_is_cut_makes_no_difference(parts: list[list[int]]) -> None:
    network = wild()
    stream = Stream(network)
    for part in parts:
        stream.feed(part)
    ids = [index for part in parts for index in part]
    same(state(stream), state(Stream(network).feed(ids)))
    if ids:
        assert stream.generate(5, do_sample=False).tolist() == whole(network, ids, 5, do_sample=False)


def test_a_long_text_is_read_in_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    network = wild()
    expected = state(Stream(network).feed(IDS * 3))
    monkeypatch.setattr("seqkit.generation.stream.CHUNK", 4)
    same(state(Stream(network).feed(IDS * 3)), expected)


@pytest.mark.parametrize(
    "options", [{"do_sample": True}, {"num_beams": 4, "do_sample": False}], ids=["sample", "beams"]
)
def test_several_texts_leave_the_stream_where_it_was(options: dict[str, Any]) -> None:
    network, stream = wild(), Stream(wild())
    stream = Stream(network).feed(IDS)
    before = state(stream)
    torch.manual_seed(3)
    found = stream.generate(6, num_return_sequences=3, **options)
    torch.manual_seed(3)
    expected = network.generate(torch.tensor([IDS]), max_new_tokens=6, num_return_sequences=3, **options)
    assert torch.equal(found, expected[:, len(IDS) :])
    same(state(stream), before, 0.0)
    named = writer().feed("def").generate(6, num_return_sequences=3, **options)
    assert [type(text) for text in named] == [str] * 3


def test_several_may_be_asked_for_in_a_configuration() -> None:
    config = GenerationConfig(num_return_sequences=2, do_sample=True, pad_token_id=0)
    assert Stream(wild()).feed(IDS).generate(4, generation_config=config).shape == (2, 4)


def test_a_fork_and_its_origin_share_nothing() -> None:
    stream = writer().feed("def f")
    branch, before = stream.fork(), state(stream)
    torch.manual_seed(1)
    expected = stream.fork().generate(10)
    branch.feed("(x)").generate(10)
    stream.cache.reset()
    same(state(stream), before, 0.0)
    torch.manual_seed(1)
    assert stream.generate(10) == expected


def test_a_cache_of_somebody_else_is_gone_on_from_and_never_changed() -> None:
    network = wild()
    with torch.no_grad():
        cache = network(torch.tensor([IDS[:5]]), use_cache=True).past_key_values
    before = [tensor.clone() for layer in cache.state for tensor in layer]
    stream = Stream(network, cache=cache).feed(IDS[5:])
    assert stream.generate(9, do_sample=False).tolist() == whole(network, IDS, 9, do_sample=False)
    assert all(torch.equal(*pair) for pair in zip(before, (t for layer in cache.state for t in layer), strict=True))
    assert cache.get_seq_length() == 5


def test_what_is_held_and_read_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    network = wild()
    stream, lengths, generate = Stream(network, window=20).feed(IDS), [], network.generate

    def watched(ids: Tensor, **options: Any) -> Any:
        lengths.append((ids.shape[1], options["attention_mask"].shape[1], options["past_key_values"].get_seq_length()))
        return generate(ids, **options)

    monkeypatch.setattr(network, "generate", watched)
    for _ in range(300):
        stream.generate(10)
    assert len(stream) == 3009
    assert set(lengths[2:]) == {(21, 21, 20)}
    assert len(stream._reading.ids) < 40


@pytest.mark.slow
def test_a_million_tokens_take_no_more_memory(tmp_path: Path) -> None:
    code = """
import resource, torch
from seqkit import RNNConfig, RNNForCausalLM
from seqkit.generation import Stream
torch.manual_seed(0)
stream = Stream(RNNForCausalLM(RNNConfig(vocab_size=50, hidden_size=16, pad_token_id=0)).eval()).feed([1])
def write(count):
    for _ in range(count // 1000):
        stream.generate(1000, do_sample=True)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = write(100_000)
print(write(900_000) - before, len(stream))
"""
    growth, length = printed(code, tmp_path)[-1].split()
    assert length == "1000001"
    assert int(growth) < 1024  # kilobytes


def test_pieces_come_one_by_one_and_are_the_text() -> None:
    stream = writer().feed("def ")
    torch.manual_seed(2)
    expected = stream.fork().generate(40)
    torch.manual_seed(2)
    pieces = list(stream.iterate(40))
    assert "".join(pieces) == expected
    assert {len(piece) for piece in pieces} == {1}
    assert len(stream) == 44


def test_without_a_tokenizer_pieces_are_ids() -> None:
    network = wild()
    stream = Stream(network).feed(IDS)
    assert list(stream.iterate(8, do_sample=False)) == whole(network, IDS, 8, do_sample=False)


def test_a_loop_that_is_left_has_written_what_it_gave() -> None:
    network = wild()
    stream = Stream(network).feed(IDS)
    pieces = stream.iterate(10_000, do_sample=False)
    found = [next(pieces) for _ in range(4)]
    with pytest.raises(StateError, match="being written"):
        stream.feed([1])
    pieces.close()
    assert len(stream) == len(IDS) + 4
    same(state(stream), state(Stream(network).feed(IDS + found)))
    assert stream.generate(5, do_sample=False).tolist() == whole(network, IDS + found, 5, do_sample=False)


def test_what_fails_while_pieces_come_is_raised_and_leaves_the_stream() -> None:
    def fail(ids: Tensor, scores: Tensor) -> Tensor:
        if ids.shape[1] > len(IDS) + 2:
            raise RuntimeError("out of ink")
        return scores

    stream = Stream(wild()).feed(IDS)
    before, found = state(stream), []
    with pytest.raises(RuntimeError, match="out of ink"):
        found += stream.iterate(9, logits_processor=[fail])
    same(state(stream), before, 0.0)
    assert len(stream.generate(3)) == 3


class Fixed:
    """Makes a model write what it is told."""

    def __init__(self, ids: list[int]) -> None:
        self.ids = ids

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:
        forced = torch.full_like(scores, -torch.inf)
        forced[:, self.ids.pop(0)] = 0.0
        return forced


@pytest.mark.parametrize("text", ["a한b글", "👍🏽 ok", "👩‍👩‍👧", "각", "ü\n"], ids=ascii)
@pytest.mark.parametrize("iterates", [True, False])
def test_no_piece_and_no_call_ends_within_a_character(text: str, iterates: bool, tmp_path: Path) -> None:
    tokenizer = of_bytes()
    stream, fixed = Stream(wild(vocab_size=len(tokenizer)), tokenizer).feed("x"), Fixed(tokenizer.encode(text))
    pieces = []
    while fixed.ids:
        options = {"logits_processor": [fixed], "do_sample": False}
        count = min(2, len(fixed.ids))
        pieces += stream.iterate(count, **options) if iterates else [stream.generate(count, **options)]
        stream.save(tmp_path / "state")
        stream = Stream.load(stream.model, tmp_path / "state", tokenizer)
    assert "".join(pieces) == text
    assert set("".join(pieces)) == set(text)


def test_bytes_that_are_no_text_are_not_held_for_ever() -> None:
    tokenizer = of_bytes()
    half = tokenizer.encode("한")[:1]
    stream = Stream(wild(vocab_size=len(tokenizer)), tokenizer).feed("x")
    texts = [stream.generate(10, logits_processor=[Fixed(half * 10)], do_sample=False) for _ in range(5)]
    assert 17 <= "".join(texts).count("\ufffd") <= 50
    stream.generate(1, logits_processor=[Fixed(half)], do_sample=False)
    ending = tokenizer.encode("b")
    assert stream.feed("a").generate(1, logits_processor=[Fixed(ending)], do_sample=False) == "b"


def test_words_keep_the_spaces_between_calls() -> None:
    tokenizer = WordTokenizer.train("the cat sat", split="whitespace")
    stream = Stream(wild(vocab_size=len(tokenizer)), tokenizer).feed("the")
    ids = tokenizer.encode("cat sat")
    found = [stream.generate(1, logits_processor=[Fixed([index])], do_sample=False) for index in ids]
    assert found == [" cat", " sat"]


def test_a_streamer_gets_the_new_text_only() -> None:
    stream, shown = writer().feed("def f"), []
    for skip in (True, False):
        text = stream.generate(9, streamer=CharStreamer(CHARS, skip_prompt=skip, callback=shown.append))
        assert "".join(shown) == text
        shown.clear()


def test_stop_strings_and_the_dictionary() -> None:
    tokenizer = CharTokenizer.train("abcdef(x)")  # the letters with which transformers tries a tokenizer out
    stream, fixed = writer(tokenizer).feed("def f"), Fixed(tokenizer.encode("f(x)"))
    assert stream.generate(9, stop_strings=["(x"], logits_processor=[fixed], do_sample=False) == "f(x"
    output = stream.generate(4, return_dict_in_generate=True, output_scores=True)
    assert output.sequences.shape == (1, 4)
    assert len(output.scores) == 4
    assert len(stream) == len("def ff(x") + 4


def test_a_conversation_goes_on_in_another_process_bit_for_bit(tmp_path: Path) -> None:
    # Loaded here too: weights that lie otherwise in memory may give products that differ in the last bit.
    wild(vocab_size=len(CHARS), num_hidden_layers=2).save_pretrained(tmp_path / "model")
    CHARS.save_pretrained(tmp_path / "model")
    stream = Stream(RNNForCausalLM.from_pretrained(tmp_path / "model"), CHARS)
    for _ in range(3):
        stream.feed("한글 return").generate(20)
    stream.save(tmp_path / "talk.safetensors")
    code = """
import torch, seqkit
from transformers import AutoModelForCausalLM, AutoTokenizer
from seqkit.generation import Stream
model, tokenizer = AutoModelForCausalLM.from_pretrained("model"), AutoTokenizer.from_pretrained("model")
stream = Stream.load(model, "talk.safetensors", tokenizer)
torch.manual_seed(5)
print(repr(stream.generate(30) + stream.feed("def").generate(30)))
stream.save("after.safetensors")
"""
    lines = printed(code, tmp_path)
    torch.manual_seed(5)
    text = stream.generate(30) + stream.feed("def").generate(30)
    assert lines[-1] == repr(text)
    after = Stream.load(stream.model, tmp_path / "after.safetensors", CHARS)
    same(state(after), state(stream), 0.0)
    assert after._reading == stream._reading


def test_what_has_nothing_to_go_on_from_is_refused(tmp_path: Path) -> None:
    stream = writer().feed("")
    for write in (stream.generate, stream.iterate):
        with pytest.raises(DataError, match="stream is empty"):
            write()
    stream.save(tmp_path / "state")
    assert len(Stream.load(stream.model, tmp_path / "state", CHARS).feed("def").generate(5)) == 5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_length": 9}, "Use max_new_tokens"),
        ({"input_ids": torch.ones(1, 1).long()}, "Use feed"),
        ({"past_key_values": RNNCache(1)}, r"Use Stream\(model, cache"),
        ({"use_cache": False}, "use_cache is False"),
    ],
    ids=str,
)
def test_options_that_are_the_streams_own_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        writer().feed("def").generate(3, **options)


@pytest.mark.parametrize("option", ["num_beams", "num_return_sequences", "streamer"])
def test_pieces_are_of_one_text(option: str) -> None:
    with pytest.raises(DataError, match=f"{option} is for generate"):
        writer().feed("def").iterate(3, **{option: 2})


@pytest.mark.parametrize(
    ("ids", "words"),
    [([3, 11], "holds 11"), ([-1], "holds -1"), ([0.5], "float32"), ([[1], [2]], r"\(2, 1\)"), (3, r"\(\)")],
    ids=str,
)
def test_ids_that_are_none_are_refused(ids: Any, words: str) -> None:
    stream = Stream(wild()).feed(IDS)
    with pytest.raises(DataError, match=words):
        stream.feed(ids)
    assert len(stream) == len(IDS)


def test_text_without_a_tokenizer_is_refused_and_unknown_characters_are_not() -> None:
    with pytest.raises(DataError, match="takes ids, not text"):
        Stream(wild()).feed("def")
    assert len(writer().feed("зß")) == 2


def test_what_cannot_be_a_stream_is_refused() -> None:
    for kind in (RNNModel, RNNForTokenClassification):
        with pytest.raises(DataError, match=f"{kind.__name__} does not write"):
            Stream(model(kind))
    with pytest.raises(DataError, match="window is -1"):
        Stream(wild(), window=-1)
    network = wild()
    pair = network(torch.ones(2, 3).long(), use_cache=True).past_key_values
    with pytest.raises(StateError, match="2 rows"):
        Stream(network, cache=pair)
    one = network(torch.ones(1, 3).long(), use_cache=True).past_key_values
    for other in (wild("rnn"), wild(hidden_size=7), wild(num_hidden_layers=2), wild().double()):
        with pytest.raises(StateError):
            Stream(other, cache=one)


def test_the_import_is_light() -> None:
    code = "import seqkit.generation, sys; print([m for m in ('torch', 'transformers') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
