"""Texts are read as the model's own tokenizer reads them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seqkit import CharTokenizer, WordCharTokenizer, WordTokenizer
from seqkit.errors import CheckpointError, DataError
from seqkit.export.folder import describe
from seqkit.runtime.text import Encoder
from tests.export.cases import classifier, tagger, writer

HARD = ["나는 <s> the\tcat", "", "한글 cafe\u0301 👩‍👩‍👧", "</s>", "x" * 200]
WORDS = [["나는", "<s>", "the"], ["cafe\u0301", "x" * 200, " "], ["</s>"]]


def encoder(make: Any, tokenizer: Any = None, **fields: Any) -> tuple[Encoder, Any]:
    network, own = make(**fields)
    tokenizer = own if tokenizer is None else tokenizer
    told = describe(network, tokenizer, "causal-lm" if make is writer else "other", "kind", False, False)
    told = replace(told, vocab_size=len(tokenizer))
    return Encoder(tokenizer.backend_tokenizer.to_str().encode(), told), tokenizer


@pytest.mark.parametrize("make", [writer, classifier, tagger])
def test_texts(make: Any) -> None:
    read, tokenizer = encoder(make)
    assert [row.ids for row in read.rows(HARD)] == tokenizer(HARD)["input_ids"]


@pytest.mark.parametrize("form", ["NFC", "NFD", None])
def test_words_and_their_characters(form: Any) -> None:
    options = {"character_form": form, "nfc": form == "NFC", "lowercase": True, "add_bos": True, "add_eos": True}
    tokenizer = WordCharTokenizer.train([["The", "cafe\u0301", "나는"]], **options)
    read, _ = encoder(tagger, tokenizer)
    expected = tokenizer(WORDS, is_split_into_words=True)
    rows = read.rows(WORDS)
    assert [row.ids for row in rows] == expected["input_ids"]
    assert [[list(word) for word in row.spelled] for row in rows] == expected["character_ids"]
    assert [row.word_ids for row in rows] == [expected.word_ids(index) for index in range(3)]


@pytest.mark.parametrize("side", ["left", "right"])
def test_batches(side: str) -> None:
    tokenizer = WordCharTokenizer.train(WORDS, padding_side=side)
    read, _ = encoder(tagger, tokenizer)
    expected = tokenizer(WORDS, is_split_into_words=True, padding=True, return_tensors="np")
    found = read.batch(read.rows(WORDS))
    assert found.keys() == {"input_ids", "attention_mask"}
    for name, array in found.items():
        np.testing.assert_array_equal(array, expected[name])
    assert read.batch(read.rows([[]]))["attention_mask"].tolist() == [[0]]


def test_decoding() -> None:
    for tokenizer in (CharTokenizer.train("a b"), WordTokenizer.train("a b"), WordTokenizer.train("a b", split="none")):
        read, _ = encoder(writer, tokenizer)
        ids = [4, 5, 3, 4]
        assert read.decode(ids) == tokenizer.decode(ids, skip_special_tokens=True)


def test_what_is_no_text_is_refused() -> None:
    read, _ = encoder(writer)
    for texts in ([1], ["a", None], ["\ud800"]):
        with pytest.raises(DataError, match="expected texts"):
            read.rows(texts)


def test_a_damaged_spelling_is_refused() -> None:
    network, tokenizer = tagger()
    told = describe(network, tokenizer, "other", "kind", False, False)
    told.spelling["alphabet"] = "aa"
    with pytest.raises(CheckpointError, match="the spelling of words is damaged"):
        Encoder(tokenizer.backend_tokenizer.to_str().encode(), told)
