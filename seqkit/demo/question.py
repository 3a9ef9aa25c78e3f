"""What the panels of labels, tags and translations share: a box to type in, and a button that has it answered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seqkit.demo.extra import load_gradio, told
from seqkit.demo.words import Said, saying


@dataclass(frozen=True)
class Question:
    """A box and a button inside an open page.

    Args:
        verb: the button's word, by which programs call the answer too.
        text: the box.
        button: the button.
        said: what both say.
    """

    verb: str
    text: Any
    button: Any
    said: Said

    def answered(self, answer: Callable[[str, str], Any], language: Any, outputs: Any) -> None:
        """Let a function of text and language answer, at a click or at the end of a line.

        Args:
            answer: the function; it may raise one of seqkit's errors.
            language: the page's language switch.
            outputs: the part, or parts, of the page that show what it returns.
        """
        given = [self.text, language]
        load_gradio().on([self.button.click, self.text.submit], told(answer), given, outputs, api_name=self.verb)


def question(verb: str, name: str = "text", lines: int = 3, most: int = 12) -> Question:
    """Lay out a box to type in and its button.

    Args:
        verb: the button's word.
        name: the box's word.
        lines: how high the box is at first.
        most: how high it grows.
    """
    gr = load_gradio()
    typed: dict[str, Any] = {"label": name, "placeholder": "text hint"}
    text = gr.Textbox(**saying("en", typed), lines=lines, max_lines=most)
    button = gr.Button(**saying("en", {"value": verb}), variant="primary")
    return Question(verb, text, button, [(text, typed), (button, {"value": verb})])
