"""The box and the button: both have the answer given, and say their words in the page's language."""

import pytest

from seqkit.demo.words import WORDS
from seqkit.errors import DataError

gr = pytest.importorskip("gradio", reason="pip install 'seqkit[demo]'")
from seqkit.demo.question import question  # noqa: E402


def test_a_click_and_the_end_of_a_line_have_it_answered() -> None:
    def answer(text: str, language: str) -> str:
        if not text:
            raise DataError("there is no text.")
        return f"{text} {language}"

    with gr.Blocks() as page:
        asked = question("tag", lines=2)
        asked.answered(answer, gr.Radio(["en", "ko"]), found := gr.Textbox())
    (call,) = page.fns.values()
    assert {(target, event) for target, event in call.targets} == {
        (asked.button._id, "click"),
        (asked.text._id, "submit"),
    }
    assert (call.api_name, call.outputs) == ("tag", [found])
    assert call.fn("a text", "ko") == "a text ko"
    with pytest.raises(gr.Error, match="there is no text"):
        call.fn("", "ko")


def test_what_it_says_is_in_the_words_of_both_languages() -> None:
    with gr.Blocks():
        asked = question("translate", "source", lines=2, most=8)
    assert (asked.text.label, asked.button.value) == (WORDS["en"]["source"], WORDS["en"]["translate"])
    assert (asked.text.lines, asked.text.max_lines) == (2, 8)
    keys = {key for _, words in asked.said for key in words.values()}
    assert keys == {"source", "text hint", "translate"} <= WORDS["ko"].keys()
