import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.tokenizers import CharTokenizer, WordTokenizer
from seqkit.tokenizers.offsets import widen

PLAIN = "한국 café"
DECOMPOSED = unicodedata.normalize("NFD", PLAIN)


def test_only_what_is_composed_is_taken_in() -> None:
    assert widen((0, 1), "e\u0301t") == (0, 2)
    assert widen((0, 1), "et") == (0, 1)
    assert widen((0, 1), "q\u0323") == (0, 1)  # q and a dot below compose to nothing: two tokens


def test_characters_cover_the_decomposed_text() -> None:
    tokenizer = CharTokenizer.train(PLAIN, nfc=True)
    spans = tokenizer(DECOMPOSED, return_offsets_mapping=True)["offset_mapping"]
    assert [unicodedata.normalize("NFC", DECOMPOSED[a:b]) for a, b in spans] == list(PLAIN)
    assert "".join(DECOMPOSED[a:b] for a, b in spans) == DECOMPOSED


@given(st.text(alphabet="é한국aB \n", min_size=1))
def test_words_cover_the_decomposed_text(text: str) -> None:
    tokenizer = WordTokenizer.train("any", nfc=True, lowercase=True)
    source = unicodedata.normalize("NFD", text)
    spans = tokenizer(source, return_offsets_mapping=True)["offset_mapping"]
    assert "".join(source[a:b] for a, b in spans) == source


@pytest.mark.parametrize("tensors", [None, "pt"])
def test_batches_padding_and_special_tokens(tensors: str | None) -> None:
    tokenizer = CharTokenizer.train(PLAIN, nfc=True, add_eos=True)
    batch = tokenizer([DECOMPOSED[:3], "é"], padding=True, return_offsets_mapping=True, return_tensors=tensors)
    spans = batch["offset_mapping"]
    spans = spans if tensors is None else spans.tolist()
    assert [[tuple(span) for span in row] for row in spans] == [[(0, 3), (0, 0)], [(0, 1), (0, 0)]]


def test_pairs_and_split_words() -> None:
    tokenizer = WordTokenizer.train(PLAIN, nfc=True, split="none")
    words = unicodedata.normalize("NFD", PLAIN).split()
    row = tokenizer(words, is_split_into_words=True, return_offsets_mapping=True)["offset_mapping"]
    assert row == [(0, 6), (0, 5)]
    characters = CharTokenizer.train(PLAIN, nfc=True)
    pair = characters("a", DECOMPOSED[:3], return_offsets_mapping=True)
    assert pair["offset_mapping"] == [(0, 1), (0, 3)]


def test_overflowing_rows_keep_their_text() -> None:
    tokenizer = CharTokenizer.train(PLAIN, nfc=True)
    options = {"truncation": True, "max_length": 1, "return_overflowing_tokens": True, "return_offsets_mapping": True}
    rows = tokenizer(["a", DECOMPOSED[:6]], **options)["offset_mapping"]
    assert rows == [[(0, 1)], [(0, 3)], [(3, 6)]]


def test_a_single_text_has_the_same_form_as_without_offsets() -> None:
    tokenizer = CharTokenizer.train(PLAIN, nfc=True)
    plain = tokenizer(DECOMPOSED)
    full = tokenizer(DECOMPOSED, return_offsets_mapping=True)
    assert full["input_ids"] == plain["input_ids"]
    assert full.word_ids() == plain.word_ids()
    assert tokenizer(DECOMPOSED, return_offsets_mapping=True, return_tensors="pt")["input_ids"].shape == (1, len(PLAIN))
