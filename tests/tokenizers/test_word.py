from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.tokenizers import WordTokenizer

GOLD = [["I", "can't", "visit", "the", "U.S."], ["It", "costs", "12,5", "25 000", "<s>", "한국에서"]]
SAMPLE = "The  cat's\that, it cost 12.5€\r\n(고양이 <s> 👩‍👧 café)"
LEARNED = WordTokenizer.train(SAMPLE)


def test_a_known_text_comes_back_byte_for_byte() -> None:
    ids = LEARNED.encode(SAMPLE)
    assert LEARNED.decode(ids).encode() == SAMPLE.encode()
    assert 1 not in ids


@given(st.lists(st.sampled_from(sorted(LEARNED.get_vocab().keys() - set(LEARNED.all_special_tokens)))))
def test_any_text_of_known_words_comes_back_with_offsets_that_cover_it(words: list[str]) -> None:
    text = " ".join(words)
    encoded = LEARNED(text, return_offsets_mapping=True)
    assert LEARNED.decode(encoded["input_ids"]) == text
    assert "".join(text[a:b] for a, b in encoded["offset_mapping"]) == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_offsets_cover_any_text_and_any_text_can_be_learned(text: str) -> None:
    spans = LEARNED(text, return_offsets_mapping=True)["offset_mapping"]
    assert "".join(text[a:b] for a, b in spans) == text
    if text:
        tokenizer = WordTokenizer.train(text)
        assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.lists(st.text(alphabet="The cat's<>s\n한", max_size=12), min_size=1, max_size=4))
def test_a_batch_is_its_rows(texts: list[str]) -> None:
    assert LEARNED(texts)["input_ids"] == [LEARNED(text)["input_ids"] for text in texts]


def test_ids_follow_the_frequency_then_the_code_points() -> None:
    tokenizer = WordTokenizer.train(["b a b", "c"])
    assert tokenizer.convert_ids_to_tokens([4, 5, 6, 7]) == [" ", "b", "a", "c"]


def test_rare_words_are_unknown_one_by_one() -> None:
    assert WordTokenizer.train("a a b", min_frequency=2).tokenize("a b c") == ["a", " ", "<unk>", " ", "<unk>"]
    assert len(WordTokenizer.train("a a b", max_vocab=5)) == 5


def test_lowercase_joins_spellings() -> None:
    tokenizer = WordTokenizer.train("The the THE", lowercase=True)
    assert tokenizer.encode("tHe") == tokenizer.encode("the") != [1]


@pytest.mark.parametrize("split", ["whitespace", "none"])
def test_every_gold_word_is_one_token(split: str) -> None:
    tokenizer = WordTokenizer.train(GOLD, split=split)
    words = [word for row in GOLD for word in row if split == "none" or " " not in word]
    encoded = tokenizer([*words, "never-seen"], is_split_into_words=True)
    assert encoded.word_ids() == list(range(len(words) + 1))
    assert encoded["input_ids"][-1] == 1
    assert not set(encoded["input_ids"][:-1]) & {0, 1, 2, 3}
    assert tokenizer.decode(encoded["input_ids"][:-1]) == " ".join(words)


def test_the_default_cuts_gold_words_up_and_tells_which() -> None:
    encoded = WordTokenizer.train(GOLD)(["can't", "never"], is_split_into_words=True)
    assert encoded.tokens() == ["can", "'", "t", "<unk>"]
    assert encoded.word_ids() == [0, 0, 0, 1]


@pytest.mark.parametrize("name", ["<pad>", "<unk>", "<s>", "</s>"])
@pytest.mark.parametrize("split", ["words", "whitespace", "none"])
def test_a_gold_word_spelled_like_a_special_token_is_a_word(split: str, name: str, tmp_path: Path) -> None:
    WordTokenizer.train([["a", name]], split=split).save_pretrained(tmp_path)
    tokenizer = WordTokenizer.from_pretrained(tmp_path)
    encoded = tokenizer(["a", name], is_split_into_words=True, return_offsets_mapping=True)
    assert not set(encoded["input_ids"]) & {0, 1, 2, 3}
    assert (
        tokenizer.decode(encoded["input_ids"], skip_special_tokens=True) == ("a" if split == "words" else "a ") + name
    )
    assert sum(b - a for a, b in encoded["offset_mapping"][1:]) == len(name)


def test_running_text_for_a_tagger() -> None:
    tokenizer = WordTokenizer.train(GOLD, split="whitespace")
    text = "I  can't visit\nthe U.S."
    encoded = tokenizer(text, return_offsets_mapping=True)
    assert [text[a:b] for a, b in encoded["offset_mapping"]] == GOLD[0] == encoded.tokens()


def test_each_line_of_a_file_is_a_word_where_nothing_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"New York\r\n\nParis")
    tokenizer = WordTokenizer.train_from_files(path, split="none")
    assert tokenizer.convert_ids_to_tokens([4, 5]) == ["New York", "Paris"]
    assert len(tokenizer) == 6
