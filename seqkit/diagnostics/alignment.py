"""Alignments: which places of the source a decoder looked at when it wrote each token."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import torch
from torch import Tensor

from seqkit.diagnostics.plots import fonts, new_figure
from seqkit.errors import DataError

COLOUR = 33, 102, 172
"""Red, green and blue of a weight of 1."""


@dataclass(frozen=True)
class Alignment:
    """Where a decoder looked.

    Args:
        source: tokens of the source (S).
        target: tokens of the target (T).
        weights: weight of each place of the source for each token of the target (T, S); rows sum to 1.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: Tensor


@torch.inference_mode()
def align(
    model: Any, source: Any, target: Any, texts: Sequence[str], targets: Sequence[str] | None = None, **options: Any
) -> list[Alignment]:
    """Read off an encoder-decoder where it looks.

    Args:
        model: an `RNNForConditionalGeneration` with attention, in evaluation mode.
        source: the source's tokenizer.
        target: the target's tokenizer.
        texts: the sources.
        targets: what is to be written; None lets the model write.
        options: for `generate()`.

    Returns:
        An alignment for each text, without padding.

    Raises:
        DataError: if the model has no attention, or there are no texts.
    """
    if not model.config.attention:
        raise DataError("the model has no attention: there is no alignment. Train one with --attention additive.")
    if not texts:
        raise DataError("there are no texts to align. Give one at least.")
    read = source(list(texts), padding=True, return_tensors="pt").to(model.device)
    given = {"input_ids": read["input_ids"], "attention_mask": read["attention_mask"]}
    if targets is None:
        written = model.generate(**given, **options)[:, 1:]
    else:
        written = target(list(targets), padding=True, return_tensors="pt")["input_ids"].to(model.device)
    (weights,) = model(**given, labels=written, output_attentions=True).cross_attentions
    found = []
    for row, ids in enumerate(written.tolist()):
        end = next((i + 1 for i, token in enumerate(ids) if token == target.eos_token_id), len(ids))
        places = given["attention_mask"][row].bool().cpu()
        names = source.convert_ids_to_tokens(given["input_ids"][row].cpu()[places].tolist())
        shares = weights[row, 0, :end].float().cpu()[:, places]
        found.append(Alignment(tuple(names), tuple(target.convert_ids_to_tokens(ids[:end])), shares))
    return found


def plot_alignment(alignment: Alignment, title: str = "") -> Any:
    """Draw an alignment as a matrix: columns are the source, rows the target, dark is a large weight.

    Args:
        alignment: what `align` found.
        title: what stands above the picture.

    Returns:
        A matplotlib figure.

    Raises:
        ConfigError: if matplotlib is not installed.
    """
    rows, columns = alignment.weights.shape
    figure = new_figure(1.6 + 0.32 * columns, 1.2 + 0.3 * rows)
    axes = figure.subplots()
    axes.imshow(alignment.weights.numpy(), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    font = {"fontfamily": fonts()}
    axes.set_xticks(
        range(columns), map(plain, alignment.source), rotation=60, ha="left", rotation_mode="anchor", **font
    )
    axes.set_yticks(range(rows), map(plain, alignment.target), **font)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if title:
        figure.suptitle(title, **font)
    return figure


def plain(token: str) -> str:
    """Write a token so that it can be seen, and so that matplotlib takes no dollar for mathematics."""
    return {" ": "␣", "\n": "⏎", "\t": "⇥"}.get(token, token).replace("$", r"\$")


def alignment_html(alignment: Alignment) -> str:
    """Write an alignment as an HTML table, in whatever script its tokens are."""
    head = "".join(f"<th>{escape(token)}</th>" for token in alignment.source)
    body = []
    for token, weights in zip(alignment.target, alignment.weights.tolist(), strict=True):
        cells = (f'<td style="background: {shade(weight)}" title="{weight:.3f}">&nbsp;</td>' for weight in weights)
        body.append(f"<tr><th>{escape(token)}</th>{''.join(cells)}</tr>")
    return f'<table class="alignment"><tr><th></th>{head}</tr>{"".join(body)}</table>'


def shade(weight: float) -> str:
    """Return the colour of a weight from 0, which is white, to 1.

    Example:
        >>> shade(0), shade(1)
        ('rgb(255, 255, 255)', 'rgb(33, 102, 172)')
    """
    return f"rgb({', '.join(str(round(255 + (full - 255) * weight)) for full in COLOUR)})"
