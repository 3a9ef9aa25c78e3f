"""The panel of a language model: it writes letter by letter, in the colours of a chosen unit."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seqkit.demo.coloured import ColouredText
from seqkit.demo.extra import load_gradio, told, told_while
from seqkit.demo.words import Said, checked, saying, word
from seqkit.diagnostics.activations import Unit
from seqkit.errors import DataError

LIMIT = 2000
"""Most characters of a beginning: each is read step by step, to see its units."""

MOST = 1000
"""Most tokens that are written at once."""

PACE = 0.02
"""Seconds from one letter to the next at least, so that one sees them come."""


@dataclass(frozen=True)
class Part:
    """Units that belong together: those of one tensor of one layer's state.

    Args:
        unit: the first of them.
        begin: its place among all units.
        size: how many there are.
    """

    unit: Unit
    begin: int
    size: int

    def name(self, language: str) -> str:
        """Return what the page calls it."""
        key = "part" if self.unit.direction == "forward" else "part backward"
        return word(language, key, layer=self.unit.layer, tensor=self.unit.tensor)


def parts_of(units: tuple[Unit, ...]) -> list[Part]:
    """Return the parts of a state.

    Args:
        units: all its units, in order.
    """
    begins = [place for place, unit in enumerate(units) if unit.index == 0]
    ends = [*begins[1:], len(units)]
    return [Part(units[begin], begin, end - begin) for begin, end in zip(begins, ends, strict=True)]


class Writer:
    """What the panel does, without the panel.

    Args:
        model: a language model, in evaluation mode.
        tokenizer: its tokenizer.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model, self.tokenizer = model, tokenizer
        known = next(iter(set(range(len(tokenizer))) - set(tokenizer.all_special_ids)), 0)
        probe = ColouredText(model, tokenizer)
        probe._see([known])
        self.parts = parts_of(probe.units)

    def write(
        self, text: str, length: float, temperature: float, part: int, unit: float, language: str, session: Any
    ) -> Iterator[tuple[str, Any]]:
        """Begin a text anew and go on with it; yields it coloured, and itself, after each piece."""
        begun = ColouredText(self.model, self.tokenizer)
        text = checked(text, language, LIMIT, "seqkit generate MODEL")
        if not self.tokenizer(text, add_special_tokens=False)["input_ids"]:
            raise DataError(word(language, "unknown"))
        yield from self.go_on(length, temperature, part, unit, language, begun.read(text))

    def go_on(
        self, length: float, temperature: float, part: int, unit: float, language: str, session: Any
    ) -> Iterator[tuple[str, Any]]:
        """Go on with a text."""
        if session is None:
            raise DataError(word(language, "nothing yet"))
        place = self.place(part, unit)
        yield session.html(place), session
        choice: dict[str, Any] = {"do_sample": temperature > 0}
        if temperature > 0:
            choice["temperature"] = temperature
        last = time.monotonic()
        for _ in session.write(max(1, min(int(length), MOST)), **choice):
            time.sleep(max(0.0, last + PACE - time.monotonic()))
            last = time.monotonic()
            yield session.html(place), session

    def recolour(self, part: int, unit: float, session: Any) -> str:
        """Return the text in the colours of another unit."""
        return session.html(self.place(part, unit)) if session else ""

    def place(self, part: int, unit: float) -> int:
        """Return the place of a unit among all, of a part that may have fewer than the slider last had."""
        chosen = self.parts[part]
        return chosen.begin + max(0, min(int(unit), chosen.size - 1))

    def choices(self, language: str) -> list[tuple[str, int]]:
        """Return the names of the parts."""
        return [(part.name(language), place) for place, part in enumerate(self.parts)]


def writing_panel(model: Any, tokenizer: Any, language: Any) -> Said:
    """Lay out the panel inside an open page.

    Args:
        model: a language model, in evaluation mode.
        tokenizer: its tokenizer.
        language: the page's language switch.

    Returns:
        What its parts say.
    """
    gr, writer = load_gradio(), Writer(model, tokenizer)
    said: Said = []

    def part(kind: Any, words: dict[str, Any], **options: Any) -> Any:
        made = kind(**saying("en", words), **options)
        said.append((made, words))
        return made

    # On a phone the columns stand one below the other: what is written comes right behind the buttons.
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            text = part(gr.Textbox, {"label": "begin", "placeholder": "begin hint"}, lines=3, max_lines=8)
            with gr.Row(elem_classes="buttons"):
                write = part(gr.Button, {"value": "write"}, variant="primary", min_width=80)
                on = part(gr.Button, {"value": "go on"}, min_width=80)
                stop = part(gr.Button, {"value": "stop"}, min_width=80)
            with part(gr.Accordion, {"label": "settings"}, open=False):
                length = part(gr.Slider, {"label": "length"}, minimum=10, maximum=MOST, value=300, step=10)
                heat = part(gr.Slider, {"label": "temperature"}, minimum=0, maximum=2, value=0.8, step=0.05)
        with gr.Column(scale=3, min_width=300):
            written = gr.HTML(elem_id="written")
            last = writer.parts[0].size - 1
            unit = part(gr.Slider, {"label": "unit", "info": "legend"}, minimum=0, maximum=last, value=0, step=1)
            several = len(writer.parts) > 1
            layer = part(gr.Dropdown, {"label": "layer", "choices": writer.choices}, value=0, visible=several)
    session = gr.State()
    how = [length, heat, layer, unit, language, session]
    events = [
        gr.on([write.click, text.submit], told_while(writer.write), [text, *how], [written, session], api_name="write"),
        on.click(told_while(writer.go_on), how, [written, session], api_name="go_on"),
    ]
    stop.click(None, cancels=events)
    layer.change(lambda place: gr.update(maximum=writer.parts[place].size - 1), layer, unit, api_visibility="private")
    for chosen in (unit, layer):
        chosen.change(
            told(writer.recolour), [layer, unit, session], written, show_progress="hidden", api_visibility="private"
        )
    return said
