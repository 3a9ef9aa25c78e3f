import pytest

from seqkit.demo.translation import translate
from seqkit.errors import DataError
from seqkit.inference import Translator
from tests.demo.models import SIDES, translator


def test_the_target_comes_with_where_it_looked() -> None:
    made = Translator(translator(), *SIDES)
    target, looks = translate(made, " seoul ", "en")
    assert target == made.answer(["seoul"])[0]["target"]
    head = looks[: looks.index("</tr>")]
    assert [head.count(f"<th>{letter}</th>") for letter in "seoul"] == [1] * 5


def test_without_attention_the_page_says_so() -> None:
    made = Translator(translator(attention=None), *SIDES)
    target, looks = translate(made, "seoul", "ko")
    assert target == made.answer(["seoul"])[0]["target"]
    assert "어텐션이 없어서" in looks


@pytest.mark.parametrize(("text", "told"), [(" ", "no text"), ("s" * 1001, "1,000 at most")])
def test_a_bad_text_is_told(text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        translate(Translator(translator(), *SIDES), text, "en")
