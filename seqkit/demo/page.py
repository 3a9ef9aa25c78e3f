"""The page: a title, a language switch, and the panel of the model's head."""

from typing import Any

from seqkit.demo.extra import load_gradio
from seqkit.demo.labels import labels_panel
from seqkit.demo.tags import tags_panel
from seqkit.demo.translation import translation_panel
from seqkit.demo.words import LANGUAGES, Said, preferred, saying, word
from seqkit.demo.writing import writing_panel
from seqkit.errors import DataError
from seqkit.inference.labeller import Labeller
from seqkit.inference.translator import Translator

LISTEN = "(language) => { document.documentElement.lang = language; return language; }"
"""Tells screen readers and the browser's fonts which language the page is in."""


def build(model: Any, tokenizer: Any, title: str, target_tokenizer: Any = None) -> Any:
    """Build the page of a model.

    Args:
        model: any model with one of the four heads, a plugin's or not.
        tokenizer: its tokenizer; of an encoder-decoder, the source's.
        title: what stands above the page.
        target_tokenizer: of an encoder-decoder, the target's; None is the source's.

    Returns:
        A `gradio.Blocks`, for `serve`.

    Raises:
        ConfigError: if gradio is not installed.
        DataError: if the model reads vectors, or has no head.
    """
    if model.config.num_features:
        raise DataError(f"the model reads vectors of {model.config.num_features} numbers; the page has text to give.")
    gr = load_gradio()
    model = model.eval()
    with gr.Blocks(title=f"{title} · seqkit", analytics_enabled=False, fill_width=False) as page:
        with gr.Row(elem_id="head"):
            facts = gr.Markdown(heading(model, title, "en"), elem_id="title")
            language = gr.Radio(
                [(name, code) for code, name in LANGUAGES.items()], value="en", show_label=False, container=False,
                elem_id="language", min_width=230, scale=0, interactive=True,
            )  # fmt: skip
        said = panel(model, tokenizer, target_tokenizer or tokenizer, language)
        said.append((facts, {"value": lambda code: heading(model, title, code)}))
        switch(page, language, said)
    return page


def panel(model: Any, tokenizer: Any, target_tokenizer: Any, language: Any) -> Said:
    """Lay out the panel of a model's head; returns what its parts say."""
    if model.auto_class_name == "AutoModelForCausalLM":
        return writing_panel(model, tokenizer, language)
    if model.auto_class_name == "AutoModelForSequenceClassification":
        return labels_panel(Labeller(model, tokenizer), language)
    if model.auto_class_name == "AutoModelForTokenClassification":
        return tags_panel(Labeller(model, tokenizer), language)
    if model.auto_class_name == "AutoModelForSeq2SeqLM":
        return translation_panel(Translator(model, tokenizer, target_tokenizer), language)
    raise DataError(f"{type(model).__name__} has no head: the page needs a model that was trained for a task.")


def heading(model: Any, title: str, language: str) -> str:
    """Return the title and a line about the model, in Markdown."""
    config = model.config
    facts = {"cell": config.cell, "layers": config.num_hidden_layers, "units": f"{config.hidden_size:,}"}
    return f"# {title}\n{word(language, 'facts', **facts, parameters=f'{model.num_parameters():,}')}"


def switch(page: Any, language: Any, said: Said) -> None:
    """Let the language switch, and at first the browser, decide what the page says."""
    gr = load_gradio()
    parts = [part for part, _ in said]

    def speak(code: str) -> list[Any]:
        return [gr.update(**saying(code, words)) for _, words in said]

    def greet(request: gr.Request) -> list[Any]:  # type: ignore[name-defined]
        code = preferred(request.headers.get("accept-language"))
        return [code, *speak(code)]

    quiet = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
    language.input(speak, language, parts, js=LISTEN, **quiet)
    page.load(greet, None, [language, *parts], **quiet)
