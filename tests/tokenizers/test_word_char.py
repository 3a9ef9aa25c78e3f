"""Word ids and character ids of one text belong together, in every form that transformers asks for."""

import json
import pickle
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, DataCollatorForTokenClassification, DataCollatorWithPadding

from seqkit import WordCharTokenizer, WordTokenizer
from seqkit.errors import TokenizerError
from seqkit.testing import check_tokenizer
from seqkit.tokenizers.spelling import BEGIN, END, UNKNOWN

TEXTS = ["The cat can't sit", "the U.S. cat", "한국어 문장은 café"]
LEARNED = WordCharTokenizer.train(TEXTS)
ROWS = [["The", "dog"], [], ["cat"], ["can't", "한국어", "dogs", "U.S."]]


def spelled(tokenizer: Any, word: str) -> list[int]:
    return [tokenizer.speller.ids.get(character, UNKNOWN) for character in word]


@pytest.mark.parametrize(
    "options", [{"split": "words"}, {"nfc": True}, {"split": "none", "character_form": "NFD"}], ids=str
)
def test_the_kit_finds_nothing(options: dict[str, Any]) -> None:
    check_tokenizer(WordCharTokenizer, options=options).raise_for_failures()


def test_words_are_those_of_the_word_tokenizer() -> None:
    plain = WordTokenizer.train(TEXTS, split="whitespace")
    assert LEARNED.get_vocab() == plain.get_vocab()
    assert LEARNED(TEXTS)["input_ids"] == plain(TEXTS)["input_ids"]


@given(st.lists(st.lists(st.text(alphabet="Theca'.한é", min_size=1, max_size=6), max_size=4), min_size=1, max_size=3))
def test_each_word_is_spelled_as_it_stands(rows: list[list[str]]) -> None:
    expected = [[spelled(LEARNED, word) for word in row] for row in rows]
    assert LEARNED(rows, is_split_into_words=True)["character_ids"] == expected
    assert LEARNED([" ".join(row) for row in rows])["character_ids"] == expected
    for row, ids in zip(rows, expected, strict=True):
        assert LEARNED(row, is_split_into_words=True)["character_ids"] == ids
        assert LEARNED("  ".join(row))["character_ids"] == ids


def test_small_words_keep_their_capital_characters() -> None:
    tokenizer = WordCharTokenizer.train(TEXTS, lowercase=True)
    upper, lower = tokenizer("The"), tokenizer("the")
    assert upper["input_ids"] == lower["input_ids"]
    assert upper["character_ids"] == [spelled(tokenizer, "The")] != lower["character_ids"]


def test_composed_words_keep_all_their_characters() -> None:
    decomposed = unicodedata.normalize("NFD", "café 한국어")
    tokenizer = WordCharTokenizer.train([*TEXTS, decomposed], nfc=True, character_form="NFD")
    assert UNKNOWN not in [c for word in tokenizer(decomposed)["character_ids"] for c in word]
    assert tokenizer(decomposed)["character_ids"] == tokenizer("café 한국어")["character_ids"]


def test_special_tokens_have_marks_of_their_own_and_words_cannot_take_them() -> None:
    tokenizer = WordCharTokenizer.train([*TEXTS, "<s>"], add_bos=True, add_eos=True)
    found = tokenizer("cat <s>")["character_ids"]
    assert [found[0], found[-1]] == [[BEGIN], [END]]
    assert found[1:-1] == [spelled(tokenizer, "cat"), spelled(tokenizer, "<s>")]


def test_pairs_are_spelled_each_from_its_own_text() -> None:
    assert LEARNED("the", "cat")["character_ids"] == [spelled(LEARNED, "the"), spelled(LEARNED, "cat")]
    expected = [spelled(LEARNED, word) for word in ("the", "it")]
    assert LEARNED(["a", "the"], ["cat", "it"])["character_ids"][1] == expected
    assert LEARNED([("a", "cat"), ("the", "it")])["character_ids"][1] == expected
    assert LEARNED([(["the"], ["it"])], is_split_into_words=True)["character_ids"] == [expected]


def test_truncated_and_overflowing_rows_keep_their_own_words() -> None:
    words = [spelled(LEARNED, word) for word in ROWS[3]]
    how: dict[str, Any] = {"is_split_into_words": True, "truncation": True, "max_length": 3}
    assert LEARNED(ROWS[3], **how)["character_ids"] == words[:3]
    assert LEARNED(ROWS[3:], return_overflowing_tokens=True, **how)["character_ids"] == [words[:3], words[3:]]


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("form", [None, "pt", "np"])
def test_padded_they_are_one_block(form: str | None, side: str) -> None:
    tokenizer = WordCharTokenizer.train(TEXTS, padding_side=side)
    found = tokenizer(ROWS, is_split_into_words=True, padding=True, return_tensors=form)
    kind = {None: list, "pt": torch.Tensor, "np": np.ndarray}[form]
    assert isinstance(found["character_ids"], kind)
    ids, mask = np.asarray(found["character_ids"]), np.asarray(found["attention_mask"])
    assert ids.shape == (4, 4, 5)
    assert not ids[mask == 0].any()
    rows = [[[c for c in word if c] for word in row[real == 1].tolist()] for row, real in zip(ids, mask, strict=True)]
    assert rows == [[spelled(tokenizer, word) for word in row] for row in ROWS]
    # Later it comes to the same.
    late = tokenizer.pad([tokenizer(row, is_split_into_words=True) for row in ROWS], return_tensors=form)
    assert {name: np.asarray(value).tolist() for name, value in late.items()} == {
        name: np.asarray(value).tolist() for name, value in found.items()
    }


def test_one_text_is_a_batch_of_one_where_tensors_are_asked_for() -> None:
    assert LEARNED("The dogs", return_tensors="pt")["character_ids"].shape == (1, 2, 64)
    assert LEARNED("", return_tensors="pt")["character_ids"].shape[:2] == (1, 0)
    alone = LEARNED.pad(LEARNED("The dogs"), padding="max_length", max_length=4, return_tensors="np")
    assert np.array(alone["character_ids"]).shape == (4, 4)


def test_padding_takes_all_that_transformers_pads() -> None:
    rows = [LEARNED(row, is_split_into_words=True) for row in ROWS]
    assert LEARNED.pad(rows, pad_to_multiple_of=8, return_tensors="pt")["character_ids"].shape == (4, 8, 5)
    assert LEARNED.pad(rows, padding_side="left")["character_ids"][2][3][:3] == spelled(LEARNED, "cat")
    kept = LEARNED.pad(rows, padding=False)["character_ids"]
    assert kept == [row["character_ids"] for row in rows]
    without = LEARNED.pad([{"input_ids": [4]}, {"input_ids": [4, 5]}])
    assert "character_ids" not in without


def test_collators_of_transformers_make_batches() -> None:
    rows = [{**LEARNED(row, is_split_into_words=True), "labels": [1] * len(row)} for row in ROWS]
    batch = DataCollatorForTokenClassification(LEARNED)(rows)
    assert batch["character_ids"].shape == (4, 4, 5)
    assert batch["labels"].shape == batch["input_ids"].shape == (4, 4)
    batch = DataCollatorWithPadding(LEARNED)([{**LEARNED(text), "label": 1} for text in TEXTS])
    assert batch["character_ids"].dtype == torch.int64


def test_a_very_long_word_is_cut() -> None:
    tokenizer = WordCharTokenizer.train(TEXTS, max_word_length=5)
    found = tokenizer("the" + "c" * 100_000 + "it")["character_ids"]
    assert found == [spelled(tokenizer, "theit")]


def test_rare_characters_are_unknown() -> None:
    tokenizer = WordCharTokenizer.train(["aab", "a"], min_character_frequency=2)
    assert tokenizer("ab")["character_ids"] == [[4, UNKNOWN]]
    assert tokenizer.character_vocab_size == 5
    with pytest.raises(TokenizerError, match="min_character_frequency"):
        WordCharTokenizer.train("ab", min_character_frequency=0)


def test_texts_are_read_once_and_blanks_count_only_where_they_are_tokens() -> None:
    once = (text for text in TEXTS)
    assert WordCharTokenizer.train(once).speller == LEARNED.speller
    assert " " not in LEARNED.speller.alphabet
    assert " " in WordCharTokenizer.train(TEXTS, split="words").speller.alphabet


def test_it_comes_back_from_its_folder_and_from_pickle(tmp_path: Path) -> None:
    tokenizer = WordCharTokenizer.train(TEXTS, character_form="NFD", max_word_length=7, padding_side="left")
    tokenizer.save_pretrained(tmp_path)
    for loaded in (AutoTokenizer.from_pretrained(tmp_path), pickle.loads(pickle.dumps(tokenizer))):
        assert type(loaded) is WordCharTokenizer
        assert loaded.speller == tokenizer.speller
        assert dict(loaded(ROWS, is_split_into_words=True)) == dict(tokenizer(ROWS, is_split_into_words=True))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("characters", None, "characters is a NoneType"),
        ("characters", ["a"], "characters is a list"),
        ("characters", "aa", "twice"),
        ("characters", "\ud800", "lone surrogate"),
        ("character_form", "os:system", "character_form is 'os:system'"),
        ("max_word_length", 10.5, "max_word_length is 10.5"),
        ("max_word_length", -1, "max_word_length is -1"),
    ],
)
def test_a_damaged_folder_is_refused(tmp_path: Path, name: str, value: object, message: str) -> None:
    LEARNED.save_pretrained(tmp_path)
    path = tmp_path / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    with pytest.raises(TokenizerError, match=message):
        AutoTokenizer.from_pretrained(tmp_path)
