"""The compiled map, run by the library, does what the map says."""

from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Precompiled
from tokenizers.pre_tokenizers import Split

from seqkit_jamo.charsmap import compiled

CHARACTER = st.characters(min_codepoint=0x80, exclude_categories=["Cs"])
TEXT = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), min_size=1, max_size=4)


@given(st.dictionaries(CHARACTER, TEXT, min_size=1, max_size=40), st.lists(CHARACTER, max_size=20))
def test_a_character_becomes_its_text_and_no_other_changes(mapping: dict[str, str], others: list[str]) -> None:
    normalizer = Precompiled(compiled(mapping))
    for character in [*mapping, *others]:
        assert normalizer.normalize_str(character) == mapping.get(character, character)


def test_all_letters_of_a_text_stand_at_the_place_of_its_character() -> None:
    backend = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
    backend.normalizer = Precompiled(compiled({"가": "xyz", "é": "e", "👍": "!"}))
    backend.pre_tokenizer = Split(Regex("[\\s\\S]"), "isolated")
    assert backend.encode("a가ébb👍").offsets == [(0, 1), *[(1, 2)] * 3, (2, 3), (3, 4), (4, 5), (5, 6)]
