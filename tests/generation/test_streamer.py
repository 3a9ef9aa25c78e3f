import io
import queue
from threading import Thread

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers.tokenization_utils_tokenizers import PreTrainedTokenizerFast

from seqkit.errors import DataError
from seqkit.generation.streamer import CharIteratorStreamer, CharStreamer
from seqkit.tokenizers import CharTokenizer, WordTokenizer
from tests.tokenizers.accents import AccentTokenizer

TEXT = "def f(x):\n    return 한글 "
CHARS = CharTokenizer.train(TEXT)


def stream(streamer: CharStreamer, prompt: list[int], ids: list[int]) -> None:
    streamer.put(torch.tensor([prompt]))
    for index in ids:
        streamer.put(torch.tensor([index]))
    streamer.end()


def of_bytes() -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE({letter: index for index, letter in enumerate(alphabet)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=backend)


def test_every_character_comes_at_once() -> None:
    pieces: list[str] = []
    stream(CharStreamer(CHARS, callback=pieces.append), CHARS.encode("def"), CHARS.encode(" f(x)"))
    assert pieces == ["def", " ", "f", "(", "x", ")"]


def test_the_prompt_can_be_left_out_each_time() -> None:
    pieces: list[str] = []
    streamer = CharStreamer(CHARS, skip_prompt=True, callback=pieces.append)
    for _ in range(2):
        stream(streamer, CHARS.encode("def"), CHARS.encode("f"))
    assert pieces == ["f", "f"]


@given(st.lists(st.integers(0, len(CHARS) - 1), min_size=1))
def test_the_pieces_are_the_decoded_whole(ids: list[int]) -> None:
    for skip in (True, False):
        pieces: list[str] = []
        stream(CharStreamer(CHARS, callback=pieces.append, skip_special_tokens=skip), ids[:1], ids[1:])
        assert "".join(pieces) == CHARS.decode(ids, skip_special_tokens=skip)


@pytest.mark.parametrize("skip_prompt", [True, False])
def test_words_joined_by_spaces_keep_them(skip_prompt: bool) -> None:
    tokenizer = WordTokenizer.train("the cat sat", split="whitespace")
    pieces: list[str] = []
    end = tokenizer.eos_token_id
    ids = [*tokenizer.encode("cat"), end, *tokenizer.encode("sat")]
    stream(CharStreamer(tokenizer, skip_prompt, pieces.append), tokenizer.encode("the"), ids)
    assert pieces == ([] if skip_prompt else ["the"]) + [" cat", " sat"]


def test_half_a_character_is_held_back() -> None:
    tokenizer = of_bytes()
    pieces: list[str] = []
    ids = tokenizer.encode("a한b👍")
    stream(CharStreamer(tokenizer, callback=pieces.append), ids[:1], ids[1:])
    assert pieces == ["a", "한", "b", "👍"]


def test_what_never_becomes_a_character_comes_at_the_end() -> None:
    tokenizer = of_bytes()
    pieces: list[str] = []
    ids = tokenizer.encode("a한")[:-1]
    stream(CharStreamer(tokenizer, callback=pieces.append), ids[:1], ids[1:])
    assert pieces == ["a", tokenizer.decode(ids)[1:]]


def test_text_goes_to_a_file_or_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    file = io.StringIO()
    stream(CharStreamer(CHARS, callback=file), CHARS.encode("d"), CHARS.encode("ef"))
    stream(CharStreamer(CHARS), CHARS.encode("d"), CHARS.encode("ef"))
    assert file.getvalue() == capsys.readouterr().out == "def"


def test_a_batch_is_refused_by_its_size() -> None:
    with pytest.raises(DataError, match="not a batch of 3"):
        CharStreamer(CHARS).put(torch.zeros(3, 2, dtype=torch.long))


def test_a_loop_reads_what_another_thread_writes() -> None:
    streamer = CharIteratorStreamer(CHARS, skip_prompt=True, timeout=30)
    thread = Thread(target=stream, args=(streamer, CHARS.encode("def"), CHARS.encode("한글 f")))
    thread.start()
    assert list(streamer) == ["한", "글", " ", "f"]
    thread.join()


def test_a_loop_that_nobody_feeds_gives_up() -> None:
    with pytest.raises(queue.Empty):
        next(iter(CharIteratorStreamer(CHARS, timeout=0.01)))


def test_what_the_tokenizer_holds_back_comes_when_it_is_settled() -> None:
    tokenizer, pieces = AccentTokenizer.train(["e\u0301\u0327tx"]), []
    ids = tokenizer.encode("e\u0301te\u0327\u0301x")
    stream(CharStreamer(tokenizer, callback=pieces.append), ids[:1], ids[1:])
    assert pieces == ["é", "t", "ȩ́", "x"]


def test_what_would_change_a_piece_that_is_out_is_decoded_by_itself() -> None:
    tokenizer, pieces = AccentTokenizer.train(["e\u0301t"]), []
    stream(CharStreamer(tokenizer, True, pieces.append), tokenizer.encode("te"), tokenizer.encode("\u0301t"))
    assert "".join(pieces) == "\u0301t"
