import time
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from seqkit.data import encoding, memory
from seqkit.data.encoding import encode_text, token_dtype
from seqkit.errors import DataError
from seqkit.tokenizers.char import CharTokenizer
from seqkit.tokenizers.word import WordTokenizer
from tests.data.conftest import Real

TRAINING = "Hello <pad>\t\r\n\n한국어 한 👩‍👩‍👧 é e\u0301 \u2028\x85\ufeff\0 x1"
CHARACTERS = CharTokenizer.train(TRAINING)
TEXTS = st.text(st.one_of(st.sampled_from(TRAINING), st.characters(exclude_categories=["Cs"])))


def ids_of(tokenizer: Any, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


@given(text=TEXTS)
def test_characters_get_the_ids_of_their_tokenizer(text: str) -> None:
    assert encode_text(CHARACTERS, text).tolist() == ids_of(CHARACTERS, text)


def test_special_tokens_in_the_text_are_text() -> None:
    assert encode_text(CHARACTERS, "<pad>").tolist() == ids_of(CHARACTERS, "<pad>")
    assert len(encode_text(CHARACTERS, "<pad>")) == 5


def test_added_bos_and_eos_stay_out() -> None:
    tokenizer = CharTokenizer.train("abc", add_bos=True, add_eos=True)
    assert len(encode_text(tokenizer, "cab")) == 3


@given(text=TEXTS)
def test_words_get_the_ids_of_their_tokenizer_in_pieces(text: str) -> None:
    tokenizer = WORDS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "_TOKENIZER_CHUNK", 4)
        patch.setattr(encoding, "_BATCH", 2)
        assert encode_text(tokenizer, text).tolist() == ids_of(tokenizer, text)


WORDS = WordTokenizer.train(TRAINING)


def test_bpe_gets_the_ids_of_its_tokenizer_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # GPT-2's
    text = "def f(x):\n    return x  # 한글\n\n\nclass A:\n\tpass " * 30
    backend.train_from_iterator([text], trainers.BpeTrainer(vocab_size=300, show_progress=False))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend)
    monkeypatch.setattr(encoding, "_TOKENIZER_CHUNK", 10)
    assert encode_text(tokenizer, text).tolist() == ids_of(tokenizer, text)
    emoji = "🙂" * 50  # more tokens than characters
    assert len(encode_text(tokenizer, emoji)) == len(ids_of(tokenizer, emoji)) != 50


def test_types_and_empty_text() -> None:
    assert encode_text(CHARACTERS, "").dtype == torch.int64
    assert encode_text(CHARACTERS, "Hell", dtype=torch.int32).dtype == torch.int32
    assert len(encode_text(CHARACTERS, "")) == len(encode_text(WORDS, "")) == 0


@pytest.mark.parametrize("count", [1, 256, 257, 65_536, 65_537, 2**31])
def test_the_smallest_type_holds_every_id(count: int) -> None:
    dtype = token_dtype(count)
    assert torch.iinfo(dtype).max >= count - 1
    smaller = [t for t in (torch.uint8, torch.uint16, torch.int32) if t.itemsize < dtype.itemsize]
    assert all(torch.iinfo(t).max < count - 1 for t in smaller)
    text = "Hello world " * 3
    assert encode_text(WORDS, text, token_dtype(len(WORDS))).tolist() == ids_of(WORDS, text)


def test_lone_surrogate() -> None:
    for tokenizer in (CHARACTERS, WORDS):
        with pytest.raises(DataError, match=r"a lone surrogate \(U\+D83D\) at character 3"):
            encode_text(tokenizer, "abc\ud83d")


def test_ids_larger_than_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 30)
    with pytest.raises(DataError, match=r"the token ids needs .* or use dtype=torch\.int32"):
        encode_text(CHARACTERS, "Hello")
    assert len(encode_text(CHARACTERS, "Hello", torch.int32)) == 5


def test_real_text_is_equal_and_fast(real: Real) -> None:
    text = real("tinyshakespeare/input.txt").read_text(encoding="utf-8")
    tokenizer = CharTokenizer.train(text)
    assert encode_text(tokenizer, text).tolist() == ids_of(tokenizer, text)
    started = time.process_time()
    encode_text(tokenizer, text * 20)
    assert 20 * len(text) / 1e6 / (time.process_time() - started) > 50  # MB/s
