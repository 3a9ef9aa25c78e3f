"""Ids that are looked up are those of the tokenizer: any text, any normalizer, any special token in it."""

import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import normalizers

from seqkit.data import characters
from seqkit.data.characters import character_table
from seqkit.data.encoding import encode_text
from seqkit.tokenizers.char import CharTokenizer
from seqkit.tokenizers.word import WordTokenizer
from tests.data.conftest import Real

TRAINING = "Hello <pad>\t\r\n\n한국어 한 👩‍👩‍👧 é e\u0301 \u2028\x85\ufeff\0 x1 ΑΣ ας İ"
TRAINING += "i\u0307 Å \u212b ﬁ ẞß ǅ \u1112\u1161\u11ab"
OPTIONS = [{}, {"lowercase": True}, {"nfc": True}, {"nfc": True, "lowercase": True}]
TOKENIZERS = [CharTokenizer.train(TRAINING, **options) for options in OPTIONS]
# What composes, decomposes, changes its length when it becomes small, or is unassigned in some version of Unicode.
TRICKY = "e\u0301\u0327\u0323 ÅÅ\u212b \u1112\u1161\u11ab한 İI\u0130Σ"
TRICKY += " \u0958\u09c7\u09be \U0001e030\u0897\U0001fae9\u1c89\u2adc"
TEXTS = st.text(st.one_of(st.sampled_from(TRAINING + TRICKY), st.characters(exclude_categories=["Cs"])), max_size=60)


def ids_of(tokenizer: Any, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=map(str, OPTIONS))
@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_ids_are_the_tokenizer_s(tokenizer: CharTokenizer, text: str) -> None:
    assert character_table(tokenizer) is not None
    assert encode_text(tokenizer, text).tolist() == ids_of(tokenizer, text)


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=map(str, OPTIONS))
def test_nothing_is_torn_where_blocks_meet(tokenizer: CharTokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(characters, "_PLAIN", 3)
    monkeypatch.setattr(characters, "blocks", lambda text: __import__("seqkit").tokenizers.corpus.blocks(text, 2))
    for text in (TRAINING, TRICKY, "e\u0301" * 9, "a e\u0301 \u0301b\n\u0301"):
        assert encode_text(tokenizer, text).tolist() == ids_of(tokenizer, text)


def test_a_character_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table = character_table(TOKENIZERS[3])
    assert table is not None
    list(table.encode("Hello World"))
    asked: list[Any] = []
    monkeypatch.setattr(table, "_learn", asked.append)
    list(table.encode("World Hello" * 3))
    assert not asked


@pytest.mark.slow
@pytest.mark.parametrize("tokenizer", TOKENIZERS[1:], ids=map(str, OPTIONS[1:]))
def test_every_character_there_is(tokenizer: CharTokenizer) -> None:
    every = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    for begin in range(0, len(every), 1 << 14):
        text = "e".join(every[begin : begin + (1 << 14)])
        assert encode_text(tokenizer, text).tolist() == ids_of(tokenizer, text)


def test_tokens_that_are_found_in_text_have_no_table() -> None:
    tokenizer = CharTokenizer.train(TRAINING)
    tokenizer.split_special_tokens = False
    assert character_table(tokenizer) is None
    added = CharTokenizer.train(TRAINING)
    added.add_tokens(["ell"])
    assert character_table(added) is None
    assert encode_text(added, "Hello").tolist() == ids_of(added, "Hello")


def test_other_tokenizers_and_normalizers_have_no_table() -> None:
    assert character_table(WordTokenizer.train("a b")) is None
    assert character_table(object()) is None
    for steps in ([normalizers.NFKC()], [normalizers.Lowercase(), normalizers.NFC()]):
        tokenizer = CharTokenizer.train(TRAINING)
        tokenizer.backend_tokenizer.normalizer = normalizers.Sequence(steps)
        assert character_table(tokenizer) is None
        assert encode_text(tokenizer, "İ\u0301ﬁ").tolist() == ids_of(tokenizer, "İ\u0301ﬁ")


@pytest.mark.parametrize("options", OPTIONS, ids=map(str, OPTIONS))
@pytest.mark.parametrize("name", ["tinyshakespeare/input.txt", "nsmc/ratings_test.txt"])
def test_real_text_is_equal_and_fast(name: str, options: dict[str, bool], real: Real) -> None:
    text = unicodedata.normalize("NFC", real(name).read_text(encoding="utf-8"))
    tokenizer = CharTokenizer.train(text, **options)
    assert encode_text(tokenizer, text[:200_000]).tolist() == ids_of(tokenizer, text[:200_000])
    text = text * (20_000_000 // len(text))
    started = time.process_time()
    encode_text(tokenizer, text)
    assert len(text.encode()) / 1e6 / (time.process_time() - started) > 50  # MB/s
