"""A report that opens in any browser, without a network: figures, pictures and what they mean, in one HTML file."""

import base64
import io
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from seqkit.diagnostics.activations import plot_text, text_html
from seqkit.diagnostics.alignment import Alignment, alignment_html, plot_alignment
from seqkit.diagnostics.inspection import Inspection
from seqkit.diagnostics.plots import plot_gates, plot_gradient, plot_spectrum
from seqkit.diagnostics.units import Follower, UnitSearch
from seqkit.diagnostics.verdict import LayerReport
from seqkit.files import replacing

SHOWN = 800
"""Tokens of a text that are coloured."""

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; margin: 0.8rem 0; font-size: 0.92rem; }
th, td { padding: 0.3rem 0.8rem; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; }
img { max-width: 100%; }
.verdict { border-left: 6px solid; padding: 0.4rem 1rem; background: #f7f7f7; }
.healthy { border-color: #2a8a3e; } .vanishing { border-color: #2166ac; } .exploding { border-color: #b2182b; }
.unknown { border-color: #888; } .note { color: #555; font-size: 0.9rem; }
table.alignment td { padding: 0; width: 2rem; border: 1px solid #eee; } table.alignment th { text-align: left; }
pre.activations { font: 13px/1.5 monospace; white-space: pre-wrap; word-break: break-all; background: #fff; }
"""

READING = {
    "gradient": "How much of the loss arrives at the state so many tokens before it: the median over rows, the band "
    "around it half of them. A line that falls to the right forgets, one that rises explodes, and where it is flat the "
    "model can learn over that distance. The mark is the effective memory length: the furthest distance with 1 % of "
    "the largest norm or more.",
    "spectrum": "What one step does to a small change of the state. Above: eigenvalues; inside the unit circle changes "
    "die out, outside they grow. Below: singular values; those near 1 carry memory. λ is the largest Lyapunov exponent "
    "along the sequence: changes grow as e^(λt).",
    "gates": "A dot is a unit: how often its gate is open (above 0.9) and shut (below 0.1). At the origin it is always "
    "in between. An LSTM's forget gate that is always open keeps its memory; one that is always shut has none.",
}


def figures_of(inspection: Inspection) -> dict[str, Any]:
    """Draw an inspection: matplotlib figures by name."""
    figures = {"gradient": plot_gradient(inspection.gradient), "spectrum": plot_spectrum(inspection.layers)}
    if any(layer.gates for layer in inspection.layers):
        figures["gates"] = plot_gates(inspection.layers)
    return figures


def write_report(
    folder: str | Path,
    inspection: Inspection,
    search: UnitSearch | None = None,
    title: str = "",
    alignments: Sequence[Alignment] = (),
) -> Path:
    """Write `report.html`, its pictures as PNG files, and the figures as `inspection.json`.

    Args:
        folder: where to; it is made if need be.
        inspection: what `inspect_model` found.
        search: what `find_units` found, to be shown as coloured text.
        title: name of the model.
        alignments: what `align` found, to be shown as tables and pictures.

    Returns:
        The path of the report, which needs no other file.

    Raises:
        ConfigError: if matplotlib is not installed.
    """
    folder = Path(folder)
    figures = figures_of(inspection)
    pictures = {name: png(figure) for name, figure in figures.items()}
    units = {f"unit-{i}": png(unit_figure(search, f)) for i, f in enumerate(search.followers)} if search else {}
    looks = {f"alignment-{i}": png(plot_alignment(each)) for i, each in enumerate(alignments)}
    folder.mkdir(parents=True, exist_ok=True)
    told = {**inspection.to_dict(), **({"units": [unit_row(f) for f in search.followers]} if search else {})}
    contents = {f"{name}.png": data for name, data in {**pictures, **units, **looks}.items()}
    contents["inspection.json"] = (json.dumps(told, indent=2) + "\n").encode()
    contents["report.html"] = render(inspection, pictures, search, title, alignments).encode()
    for name, data in contents.items():
        with replacing(folder / name) as temporary:
            temporary.write_bytes(data)
    return folder / "report.html"


def png(figure: Any) -> bytes:
    """Return a matplotlib figure as a PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=130, format="png")
    return buffer.getvalue()


def render(
    inspection: Inspection,
    pictures: dict[str, bytes],
    search: UnitSearch | None,
    title: str,
    alignments: Sequence[Alignment] = (),
) -> str:
    """Write the page."""
    verdict = inspection.verdict
    name = escape(title or "a model")
    sections = [
        f"<h1>How {name} remembers</h1>",
        f'<div class="verdict {verdict.kind}"><p><strong>{verdict.kind.capitalize()}.</strong> '
        f"{escape(' '.join(verdict.why))}</p><p>{escape(' '.join(verdict.advice))}</p></div>",
        f'<p class="note">Measured on {inspection.rows} rows, {inspection.tokens:,} tokens: '
        f"{escape(inspection.gradient.measured)}.</p>",
        table([layer_row(layer) for layer in inspection.layers]),
    ]
    for key, data in pictures.items():
        image = base64.b64encode(data).decode()
        sections.append(f"<h2>{key.capitalize()}</h2><p>{READING[key]}</p>")
        sections.append(f'<img alt="{key}" src="data:image/png;base64,{image}">')
    if search is not None:
        sections += unit_sections(search)
    if alignments:
        intro = "Rows are what was written, columns the source; the darker, the larger the weight."
        sections += ["<h2>Where it looks</h2>", f"<p>{intro}</p>", *map(alignment_html, alignments)]
    body = "\n".join(sections)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>How {name} remembers</title>\n'
        f"<style>{STYLE}</style></head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def unit_sections(search: UnitSearch) -> list[str]:
    """Show which units follow what, and the text in the colours of each."""
    intro = (
        "For each feature of the text the unit that follows it best. It is chosen on the first half of the text; the "
        "correlation on the second half, which had no part in the choice, is the honest one. Chance is what the same "
        "search finds for the feature moved on by a quarter of the text."
    )
    sections = ["<h2>Units that follow the text</h2>", f"<p>{intro}</p>"]
    if not search.followers:
        return [*sections, "<p>No feature varies in both halves of this text.</p>"]
    sections.append(table([unit_row(follower) for follower in search.followers]))
    for follower in search.followers:
        tokens, values = window(search, follower)
        sections.append(f"<h3>{escape(follower.feature)}: {follower.unit}</h3>{text_html(tokens, values)}")
    return sections


def window(search: UnitSearch, follower: Follower) -> tuple[tuple[str, ...], Any]:
    """Return the tokens that are worth a look, and the unit's values there."""
    place = slice(follower.start, follower.start + SHOWN)
    return search.tokens[place], search.activations.of(follower.unit)[place]


def unit_figure(search: UnitSearch, follower: Follower) -> Any:
    """Draw the text in the colours of one unit."""
    title = f"{follower.feature}: {follower.unit}, correlation {follower.held_back:+.2f} on held-back text"
    return plot_text(*window(search, follower), title=title)


def layer_row(layer: LayerReport) -> dict[str, str]:
    """Return what a table tells of one layer and direction."""
    curve = layer.curve
    return {
        "layer": curve.name,
        "gradient": layer.kind,
        "memory (tokens)": f"{curve.memory}" if curve.forgets else f"≥ {curve.memory}",
        "factor a token": f"{curve.rate:.3f}",
        "λ a token": f"{layer.exponents.largest:+.4f}",
        "spectral radius": f"{layer.spectrum.radius:.3f}",
        "gates shut / open": ", ".join(
            f"{gate.name} {float(gate.shut.mean()):.0%} / {float(gate.open.mean()):.0%}" for gate in layer.gates
        )
        or "none found",
    }


def unit_row(follower: Follower) -> dict[str, str]:
    """Return what a table tells of one unit."""
    return {
        "feature": follower.feature,
        "unit": str(follower.unit),
        "held back": f"{follower.held_back:+.2f}",
        "chosen on": f"{follower.chosen:+.2f}",
        "chance": f"{follower.chance:+.2f}",
        "units searched": f"{follower.searched}",
    }


def table(rows: list[dict[str, str]]) -> str:
    """Write rows with the same columns as an HTML table."""
    head = "".join(f"<th>{escape(name)}</th>" for name in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row.values()) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
