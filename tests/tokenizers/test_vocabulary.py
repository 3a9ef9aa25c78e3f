from collections import Counter

import pytest

from seqkit.errors import TokenizerError
from seqkit.tokenizers.corpus import BLOCK
from seqkit.tokenizers.cuts import CHARACTERS, WORDS, untrained
from seqkit.tokenizers.vocabulary import count_tokens, most_frequent

NAMES = ["<pad>", "<unk>", "<s>", "</s>"]


def test_tokens_are_counted_over_all_texts() -> None:
    backend = untrained(WORDS, NAMES, lowercase=False, nfc=False)
    assert count_tokens(backend, WORDS, ["a b", "b"]) == Counter({"b": 2, "a": 1, " ": 1})


def test_tokens_are_counted_as_they_will_be_encoded() -> None:
    backend = untrained(CHARACTERS, NAMES, lowercase=True, nfc=True)
    assert count_tokens(backend, CHARACTERS, ["E\u0301é"]) == Counter({"é": 2})


def test_a_text_longer_than_a_block_is_counted_whole() -> None:
    backend = untrained(WORDS, NAMES, lowercase=False, nfc=False)
    counts = count_tokens(backend, WORDS, ["word " * BLOCK])
    assert counts == Counter({"word": BLOCK, " ": BLOCK})


@pytest.mark.parametrize("texts", [[], [""], ["", ""]])
def test_texts_without_a_character_are_refused(texts: list[str]) -> None:
    backend = untrained(CHARACTERS, NAMES, lowercase=False, nfc=False)
    with pytest.raises(TokenizerError, match=rf"the texts are empty: {len(texts)} read"):
        count_tokens(backend, CHARACTERS, texts)


def test_order_is_by_frequency_then_by_code_point() -> None:
    for text in ["bbacca", "ccaabb"]:
        assert most_frequent(Counter(text), min_frequency=1, limit=None) == ["a", "b", "c"]
    assert most_frequent(Counter("bbacc"), min_frequency=2, limit=1) == ["b"]


def test_a_frequency_that_nothing_reaches_is_refused_with_the_highest() -> None:
    with pytest.raises(TokenizerError, match=r"min_frequency \(3\) times; the most frequent, 'b', occurs 2 times"):
        most_frequent(Counter("abb"), min_frequency=3, limit=None)


def test_an_alphabet_is_kept_first_whatever_the_counts() -> None:
    counts = Counter("abba")
    assert most_frequent(counts, min_frequency=1, limit=None, alphabet="xb") == ["x", "b", "a"]
    assert most_frequent(counts, min_frequency=9, limit=None, alphabet="xb") == ["x", "b"]
    assert most_frequent(counts, min_frequency=1, limit=2, alphabet="xb") == ["x", "b"]
