import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqkit.tokenizers import CharTokenizer

SAMPLES = {
    "blanks": "a  b\t\tc \u00a0\u3000 d",
    "line ends": "one\r\ntwo\nthree\rfour\x0b\x0c\u2028",
    "syllables": "안녕하세요, 세계!",
    "jamo": "\u1112\u1161\u11ab\u1100\u1173\u11af",
    "decomposed": unicodedata.normalize("NFD", "안녕 café Ångström"),
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽",
    "marks": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "controls": "\x00\x01\x7f\ufeff\ufffd\uffff",
    "right to left": "\u202bשלום عليكم\u202c",
    "special tokens": "<s><pad></s><unk> <S>",
    "marks of wordpiece": "## ##a Ġ▁</w> n't 's .",
}
VOCABULARY = CharTokenizer.train(SAMPLES.values())
KNOWN = st.text(alphabet="".join(SAMPLES.values()))


@pytest.mark.parametrize("name", SAMPLES)
def test_the_text_comes_back_byte_for_byte(name: str) -> None:
    ids = VOCABULARY.encode(SAMPLES[name])
    assert VOCABULARY.decode(ids).encode() == SAMPLES[name].encode()
    assert len(ids) == len(SAMPLES[name])


@given(KNOWN)
def test_any_known_text_comes_back_with_offsets_that_cover_it(text: str) -> None:
    encoded = VOCABULARY(text, return_offsets_mapping=True)
    assert VOCABULARY.decode(encoded["input_ids"]) == text
    assert VOCABULARY.decode(encoded["input_ids"], skip_special_tokens=True) == text
    assert [text[a:b] for a, b in encoded["offset_mapping"]] == list(text) == encoded.tokens()


@given(st.lists(KNOWN, min_size=1, max_size=4))
def test_a_batch_is_its_rows(texts: list[str]) -> None:
    assert VOCABULARY(texts)["input_ids"] == [VOCABULARY(text)["input_ids"] for text in texts]
    padded = VOCABULARY(texts, padding=True)
    assert VOCABULARY.batch_decode(padded["input_ids"], skip_special_tokens=True) == texts
    assert [sum(mask) for mask in padded["attention_mask"]] == [len(text) for text in texts]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_is_learned_and_comes_back(text: str) -> None:
    tokenizer = CharTokenizer.train(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert len(tokenizer) == 4 + len(set(text))


@settings(max_examples=25, deadline=None)  # each waits for the disk
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_saving_changes_nothing(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    tokenizer = CharTokenizer.train(text)
    folder = tmp_path_factory.mktemp("saved")
    tokenizer.save_pretrained(folder)
    loaded = CharTokenizer.from_pretrained(folder)
    assert loaded.get_vocab() == tokenizer.get_vocab()
    assert loaded.decode(loaded.encode(text)) == text


def test_ids_follow_the_code_points() -> None:
    assert CharTokenizer.train("cab").get_vocab() == CharTokenizer.train(["b", "cca"]).get_vocab()
    assert CharTokenizer.train("cab").convert_ids_to_tokens([4, 5, 6]) == ["a", "b", "c"]


def test_rare_characters_are_unknown_one_by_one() -> None:
    tokenizer = CharTokenizer.train("aaabbc", min_frequency=2)
    assert tokenizer.encode("abcd") == [4, 5, 1, 1]
    assert CharTokenizer.train("aaabbc", max_vocab=5).encode("abc") == [4, 1, 1]
    assert tokenizer.decode([4, 1, 5]) == "a<unk>b"
    assert tokenizer.decode([4, 1, 5], skip_special_tokens=True) == "ab"


def test_lowercase_and_composition_are_options() -> None:
    decomposed = unicodedata.normalize("NFD", "É한")
    assert len(CharTokenizer.train(decomposed)) == 4 + 5
    tokenizer = CharTokenizer.train(decomposed, lowercase=True, nfc=True)
    assert tokenizer.decode(tokenizer.encode(decomposed)) == "é한"


def test_offsets_under_lowercase_are_those_of_the_original() -> None:
    text = "AİB"  # the small form of İ is two characters
    tokenizer = CharTokenizer.train(text, lowercase=True)
    spans = tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    assert spans == [(0, 1), (1, 2), (1, 2), (2, 3)]


def test_a_file_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "mixed.txt"
    path.write_bytes("\r\n".join(SAMPLES.values()).encode())
    tokenizer = CharTokenizer.train_from_files(path)
    assert tokenizer.decode(tokenizer.encode(path.read_bytes().decode())).encode() == path.read_bytes()
