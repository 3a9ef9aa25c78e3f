"""The panel of a tagger: a text with its words, or stretches of words, marked."""

import re
from collections.abc import Iterable
from itertools import cycle
from typing import Any

from seqkit.data.schemes import Span, are_spans, read_spans
from seqkit.demo.extra import load_gradio
from seqkit.demo.question import question
from seqkit.demo.words import Said, checked, saying
from seqkit.inference.labeller import Labeller

LIMIT = 20_000
"""Most characters of a text."""

WORD = re.compile(r"\w+(?:['’.-]\w+)*|[^\w\s]")
"""A word, or a mark by itself, as treebanks have them."""

COLOURS = (
    "#1d4ed8", "#b91c1c", "#15803d", "#7e22ce", "#a16207", "#0e7490", "#be185d", "#4d7c0f",
    "#4338ca", "#c2410c", "#0f766e", "#86198f", "#57534e", "#92400e", "#1e40af", "#9f1239",
)  # fmt: skip
"""Colours of tags, dark enough for white letters (a contrast of 4.5 at least)."""

Marked = list[tuple[str, str | None]]
"""A text in pieces, each with its tag or without one; put together they are the text."""


def tag(labeller: Labeller, text: str, language: str) -> Marked:
    """Return a text in pieces with their tags.

    Args:
        labeller: a tagger.
        text: what was typed.
        language: the page's language.

    Raises:
        DataError: if the text is empty or too long.
    """
    text = checked(text, language, LIMIT, "seqkit predict MODEL --data FILE")
    places = [found.span() for found in WORD.finditer(text)]
    if not places:
        return [(text, None)]
    (answer,) = labeller.answer([[text[begin:end] for begin, end in places]])
    return mark(text, places, answer["labels"], are_spans(labeller.model.config.id2label.values()))


def mark(text: str, places: list[tuple[int, int]], labels: list[str | None], spans: bool) -> Marked:
    """Cut a text at its tagged words, or at its spans.

    Args:
        text: the text.
        places: begin and end of each word, in characters.
        labels: the label of each word.
        spans: whether the labels mark spans, as BIO does.

    Example:
        >>> mark("Mr Kim sings", [(0, 2), (3, 6), (7, 12)], ["B-PER", "I-PER", "O"], True)
        [('Mr Kim', 'PER'), (' sings', None)]
    """
    if spans:
        found = read_spans([label or "O" for label in labels])
    else:
        found = [Span(label, place, place + 1) for place, label in enumerate(labels) if label]
    pieces: Marked = []
    end = 0
    for kind, first, behind in found:
        begin, until = places[first][0], places[behind - 1][1]
        pieces += [(text[end:begin], None)] * (begin > end)
        pieces.append((text[begin:until], kind))
        end = until
    return pieces + [(text[end:], None)] * (len(text) > end)


def colours(names: Iterable[str]) -> dict[str, str]:
    """Give each tag, or each kind of span, its colour.

    Args:
        names: the model's labels, in their order.

    Example:
        >>> colours(["O", "B-PER", "I-PER", "B-LOC"])
        {'PER': '#1d4ed8', 'LOC': '#b91c1c'}
    """
    names = list(names)
    kinds = [name.partition("-")[2] for name in names] if are_spans(names) else names
    return dict(zip(dict.fromkeys(filter(None, kinds)), cycle(COLOURS), strict=False))


def tags_panel(labeller: Labeller, language: Any) -> Said:
    """Lay out the panel inside an open page.

    Args:
        labeller: a tagger.
        language: the page's language switch.

    Returns:
        What its parts say.
    """
    gr = load_gradio()
    asked = question("tag")
    shades = colours(labeller.model.config.id2label.values())
    found = gr.HighlightedText(**saying("en", {"label": "tags"}), color_map=shades, elem_id="tags", interactive=False)
    asked.answered(lambda text, code: tag(labeller, text, code), language, found)
    return [*asked.said, (found, {"label": "tags"})]
