"""python tools/draw_shapes.py - draws the unrolled networks of docs/five-shapes.md, in some seconds.

A column is a step. Boxes below are what is read, rounded boxes the state h_t, boxes above what is said.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
READ, STATE, SAID = "#d9e8f6", "#fbe3c0", "#d8ecd3"
"""Colours of what is read, of the state, and of what is said."""


@dataclass(frozen=True)
class Shape:
    """An unrolled network.

    Args:
        read: what is read at each step; None where nothing is.
        said: what is said at each step; None where nothing is.
        decoder: the step from which on another network goes on, or None.
        fed: whether what is said at a step is read at the next.
    """

    read: tuple[str | None, ...]
    said: tuple[str | None, ...]
    decoder: int | None = None
    fed: bool = False


SHAPES = {
    "one-to-one": Shape(("x",), ("y",)),
    "one-to-many": Shape(("x", "‹s›", "t", "w", "o"), (None, "t", "w", "o", "‹/s›"), decoder=1, fed=True),
    "many-to-one": Shape(("S", "e", "o", "u", "l"), (None, None, None, None, "y")),
    "many-to-many-delayed": Shape(
        ("n", "i", "n", "e", "‹s›", "9"), (None, None, None, None, "9", "‹/s›"), decoder=4, fed=True
    ),
    "many-to-many-in-step": Shape(("x₁", "x₂", "x₃", "x₄"), ("y₁", "y₂", "y₃", "y₄")),
    "language-model": Shape(("h", "e", "l", "l"), ("e", "l", "l", "o"), fed=True),
}
"""The shapes by the names of their pictures."""


def box(axes: Any, x: float, y: float, text: str, colour: str) -> None:
    """Draw one box around a place."""
    style = "round,pad=0.02,rounding_size=0.12" if colour == STATE else "square,pad=0.02"
    axes.add_patch(FancyBboxPatch((x - 0.28, y - 0.2), 0.56, 0.4, style, facecolor=colour, edgecolor="#555555"))
    axes.text(x, y, text, ha="center", va="center", fontsize=11)


def arrow(axes: Any, start: tuple[float, float], end: tuple[float, float], **line: Any) -> None:
    """Draw an arrow between two places."""
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "#555555", **line})


def draw(shape: Shape) -> Figure:
    """Draw a network step by step."""
    count = len(shape.read)
    figure = Figure(figsize=(0.4 + 1.0 * count, 2.7))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.7, count - 0.3), ylim=(-0.45, 2.45))
    axes.axis("off")
    for t, (read, said) in enumerate(zip(shape.read, shape.said, strict=True)):
        second = shape.decoder is not None and t >= shape.decoder
        # s_t is a decoder's state, as in the papers; it begins with what the bridge makes of the encoder's last.
        name = f"$s_{t - shape.decoder + 1}$" if second and shape.decoder is not None else f"$h_{t + 1}$"
        box(axes, t, 1, name, STATE)
        if t:
            arrow(axes, (t - 0.68, 1), (t - 0.32, 1), linestyle="--" if t == shape.decoder else "-")
        if read is not None:
            box(axes, t, 0, read, READ)
            arrow(axes, (t, 0.24), (t, 0.76))
        if said is not None:
            box(axes, t, 2, said, SAID)
            arrow(axes, (t, 1.24), (t, 1.76))
        if t and shape.fed and shape.said[t - 1] is not None:
            arrow(axes, (t - 0.68, 1.85), (t - 0.2, 0.24), linestyle=":", connectionstyle="arc3,rad=-0.15")
    return figure


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for name, shape in SHAPES.items():
        draw(shape).savefig(PICTURES / f"shapes-{name}.png", dpi=80)
