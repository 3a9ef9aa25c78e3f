"""The panel of an encoder-decoder: what it writes for a source, and where it looked."""

from typing import Any

import torch

from seqkit.demo.extra import load_gradio
from seqkit.demo.question import question
from seqkit.demo.words import Said, checked, saying, word
from seqkit.diagnostics.alignment import align, alignment_html
from seqkit.inference.translator import Translator

LIMIT = 1000
"""Most characters of a source."""


def translate(translator: Translator, text: str, language: str) -> tuple[str, str]:
    """Return the target of a source, and a table of where the decoder looked.

    Args:
        translator: a trained encoder-decoder.
        text: what was typed.
        language: the page's language.

    Raises:
        DataError: if the text is empty or too long.
    """
    text = checked(text, language, LIMIT, "seqkit predict MODEL --data FILE").strip()
    (answer,) = translator.answer([text])
    if not translator.model.config.attention:
        return answer["target"], f"<p>{word(language, 'no attention')}</p>"
    sides = translator.model, translator.tokenizer, translator.target_tokenizer
    with torch.inference_mode():
        (alignment,) = align(*sides, [text])
    return answer["target"], alignment_html(alignment)


def translation_panel(translator: Translator, language: Any) -> Said:
    """Lay out the panel inside an open page.

    Args:
        translator: a trained encoder-decoder.
        language: the page's language switch.

    Returns:
        What its parts say.
    """
    gr = load_gradio()
    with gr.Row(equal_height=False):
        with gr.Column(min_width=300):
            asked = question("translate", "source", lines=2, most=8)
        with gr.Column(min_width=300):
            target = gr.Textbox(**saying("en", {"label": "target"}), lines=2, interactive=False, elem_id="target")
    legend = gr.Markdown(**saying("en", {"value": "looks"}), elem_classes="legend")
    looks = gr.HTML(elem_id="looks")
    asked.answered(lambda text, code: translate(translator, text, code), language, [target, looks])
    return [*asked.said, (target, {"label": "target"}), (legend, {"value": "looks"})]
