"""Characters of a token: told, exact, or counted."""

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from seqkit import CharTokenizer, WordTokenizer
from seqkit.data import StreamDataset, encode_text
from seqkit.training.text_figures import characters_per_token, text_figures

TEXT = "the cat sat on the mat, 한국어 \n"


def test_without_characters_there_are_no_bits_of_them() -> None:
    assert set(text_figures(1.0)) == {"loss", "perplexity", "bits_per_token"}
    assert text_figures(1e6)["perplexity"] < float("inf")


def test_a_character_tokenizer_is_exact_whatever_it_knows() -> None:
    tokenizer = CharTokenizer.train("abc")
    data = StreamDataset(encode_text(tokenizer, TEXT), 1, 4)
    assert characters_per_token(data, tokenizer) == 1.0


def test_words_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = WordTokenizer.train(TEXT)
    ids = encode_text(tokenizer, TEXT)
    data = StreamDataset(ids, 1, 4)
    assert characters_per_token(data, tokenizer) == pytest.approx(len(TEXT) / len(ids))
    monkeypatch.setattr(PreTrainedTokenizerFast, "decode", None)
    assert characters_per_token(data, tokenizer) == pytest.approx(len(TEXT) / len(ids))


def test_what_the_data_tells_counts_and_without_either_nothing_is_known() -> None:
    assert characters_per_token(StreamDataset(torch.arange(9), 1, 4, characters_per_token=5.5), None) == 5.5
    assert characters_per_token(StreamDataset(torch.arange(9), 1, 4), None) is None
