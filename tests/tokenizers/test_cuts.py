import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.tokenizers.cuts import CHARACTERS, WHITESPACE, WHOLE, WORDS, Cut, untrained

NAMES = ["<pad>", "<unk>", "<s>", "</s>"]
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)


@given(TEXT)
@pytest.mark.parametrize("cut", [CHARACTERS, WORDS])
def test_an_exact_cut_loses_nothing(cut: Cut, text: str) -> None:
    assert "".join(cut.pieces(text)) == text


@given(TEXT)
def test_the_short_way_to_characters_is_the_librarys(text: str) -> None:
    splitter = CHARACTERS.pre_tokenizer()
    assert splitter is not None
    assert [piece for piece, _ in splitter.pre_tokenize_str(text)] == list(CHARACTERS.pieces(text))


@pytest.mark.parametrize(
    ("cut", "pieces"),
    [
        (WORDS, ["can", "'", "t", " ", " ", "12", ",", "5", "\r", "\n", "한국"]),
        (WHITESPACE, ["can't", "12,5", "한국"]),
        (WHOLE, ["can't  12,5\r\n한국"]),
    ],
)
def test_each_cut_gives_its_tokens(cut: Cut, pieces: list[str]) -> None:
    assert list(cut.pieces("can't  12,5\r\n한국")) == pieces


def test_a_text_is_taken_as_it_is_unless_asked() -> None:
    assert untrained(WORDS, NAMES, lowercase=False, nfc=False).normalizer is None


@pytest.mark.parametrize("cut", [WHITESPACE, WHOLE])
@pytest.mark.parametrize("name", NAMES)
def test_a_word_spelled_like_a_special_token_is_kept_apart_and_comes_back(cut: Cut, name: str) -> None:
    backend = untrained(cut, NAMES, lowercase=False, nfc=False)
    assert backend.normalizer is not None
    spelled = backend.normalizer.normalize_str(name)
    assert spelled not in NAMES
    assert backend.decoder is not None
    assert backend.decoder.decode(["a", spelled, "b"]) == f"a {name} b"
    assert backend.normalizer.normalize_str(f"x{name}") == f"x{name}"
