"""The state read out at every token, and text coloured by one unit of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import torch
from torch import Tensor, nn

from seqkit.diagnostics.plots import fonts, new_figure
from seqkit.diagnostics.recording import Trace, record
from seqkit.errors import ConfigError, DataError


@dataclass(frozen=True)
class Unit:
    """One number of a model's state.

    Args:
        layer: number of the layer, the first is 0.
        direction: `"forward"` or `"backward"`.
        tensor: which tensor of the state; an LSTM's h is 0 and its c is 1.
        index: its place in that tensor.
    """

    layer: int
    direction: str
    tensor: int
    index: int

    def __str__(self) -> str:
        back = "" if self.direction == "forward" else " backward,"
        return f"layer {self.layer},{back} state {self.tensor}, unit {self.index}"


@dataclass(frozen=True)
class Activations:
    """All numbers of a model's state after each token of a text.

    Args:
        values: (T, N).
        units: which unit each column is.
    """

    values: Tensor
    units: tuple[Unit, ...]

    def of(self, unit: Unit) -> Tensor:
        """Return one unit's values, (T,).

        Raises:
            ConfigError: if the state has no such unit.
        """
        if unit not in self.units:
            raise ConfigError(f"there is no {unit}; the last one is {self.units[-1]}.")
        return self.values[:, self.units.index(unit)]


def read_activations(model: nn.Module, batch: Mapping[str, Any]) -> Activations:
    """Read one text, and return every unit of the state after each of its tokens.

    Args:
        model: any model with seqkit's recurrent layers; it is left as it was.
        batch: what its `forward` takes, one row: `{"input_ids": ids}` with ids (1, T).

    Raises:
        ConfigError: if the model has no recurrent layers, or is in 8 bits.
        DataError: if the batch has more than one row, or no real token.

    Example:
        >>> from seqkit import RNNConfig, RNNModel
        >>> model = RNNModel(RNNConfig(cell="lstm", vocab_size=10, hidden_size=8))
        >>> read_activations(model, {"input_ids": torch.arange(5)[None]}).values.shape
        torch.Size([5, 16])
    """
    traces = [trace for trace in record(model, batch) if trace.moments]
    if len(traces[0].real) != 1:
        raise DataError(f"the batch has {len(traces[0].real)} rows; activations are read of one text at a time.")
    columns, units = [], []
    for trace in traces:
        for number in range(len(trace.moments[0].after)):
            values = states(trace, number)
            columns.append(values)
            units += [Unit(trace.layer, trace.direction, number, index) for index in range(values.shape[1])]
    return Activations(torch.cat(columns, 1), tuple(units))


def states(trace: Trace, number: int) -> Tensor:
    """Return one tensor of the state after each real token, in the order of the text, (T, ·)."""
    values = torch.stack([moment.after[number][0].flatten() for moment in trace.moments]).float().cpu()
    real = trace.real[0].cpu()
    return values[real].flip(0) if trace.direction == "backward" else values[real]


def scaled(values: Tensor) -> Tensor:
    """Bring values into [-1, 1] around their median, so that outliers do not bleach the rest."""
    centred = values - values.median()
    return (centred / centred.abs().quantile(0.98).clamp(min=1e-9)).clamp(-1, 1)


def colour(value: float) -> tuple[int, int, int]:
    """Return red for 1, blue for -1, white for 0, each in 0 to 255."""
    towards = (178, 24, 43) if value > 0 else (33, 102, 172)
    return tuple(round(255 + (part - 255) * abs(value)) for part in towards)  # type: ignore[return-value]


def ink(value: float) -> str:
    """Return the colour of letters that can be read on `colour(value)`."""
    return "#fff" if abs(value) > 0.6 else "#111"


def text_html(tokens: Sequence[str], values: Tensor) -> str:
    """Colour a text by one unit's value: blue is low, red is high, the number shows under the mouse.

    Args:
        tokens: the tokens as text, T.
        values: one number each, (T,).

    Returns:
        An HTML element that needs nothing from elsewhere.

    Raises:
        DataError: if there are not as many values as tokens.

    Example:
        >>> text_html(["<"], torch.tensor([0.0]))
        '<pre class="activations"><span style="background:#ffffff;color:#111" title="0.000">&lt;</span></pre>'
    """
    check_lengths(tokens, values)
    spans = []
    for token, value, place in zip(tokens, values.tolist(), scaled(values).tolist(), strict=True):
        background = "#{:02x}{:02x}{:02x}".format(*colour(place))
        # A newline is shown, or the colour of the most telling place of a line would be lost.
        shown = escape(token.replace("\n", "↵\n").replace("\t", "→   "))
        spans.append(f'<span style="background:{background};color:{ink(place)}" title="{value:.3f}">{shown}</span>')
    return f'<pre class="activations">{"".join(spans)}</pre>'


def plot_text(tokens: Sequence[str], values: Tensor, title: str = "", width: int = 80) -> Any:
    """Draw a text coloured by one unit's value: blue is low, red is high.

    Args:
        tokens: the tokens as text, T.
        values: one number each, (T,).
        title: what stands above the picture.
        width: characters after which a line is broken; default 80.

    Returns:
        A matplotlib figure.

    Raises:
        ConfigError: if matplotlib is not installed.
        DataError: if there are not as many values as tokens.
    """
    check_lengths(tokens, values)
    cells, x, y = [], 0, 0
    for token, place in zip(tokens, scaled(values).tolist(), strict=True):
        for character in token.replace("\t", "    "):
            cells.append((x, y, "↵" if character == "\n" else character, place))
            x, y = (0, y + 1) if character == "\n" or x + 1 >= width else (x + 1, y)
    columns, lines = max(70, *(x + 1 for x, *_ in cells)), cells[-1][1] + 1
    shades = torch.full((lines, columns, 3), 255, dtype=torch.uint8)
    figure = new_figure(0.095 * columns + 0.4, 0.19 * lines + 0.5)
    axes, family = figure.subplots(), fonts("DejaVu Sans Mono")
    for x, y, character, place in cells:
        shades[y, x] = torch.tensor(colour(place), dtype=torch.uint8)
        letter = axes.text(x, y, character, family=family, fontsize=7.5, ha="center", va="center", color=ink(place))
        letter.set_in_layout(False)  # matplotlib would measure each of them, for seconds
    axes.imshow(shades.numpy(), aspect="auto", interpolation="nearest")
    axes.set_title(title, fontsize=9, loc="left")
    axes.axis("off")
    return figure


def check_lengths(tokens: Sequence[str], values: Tensor) -> None:
    """Refuse values that do not belong to the tokens.

    Raises:
        DataError: naming both lengths.
    """
    if values.dim() != 1 or len(tokens) != len(values) or not len(tokens):
        raise DataError(f"there are {len(tokens)} tokens and values of shape {tuple(values.shape)}; expected one each.")
