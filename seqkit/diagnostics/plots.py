"""Pictures of the figures; each function returns a matplotlib `Figure`, which `savefig` writes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from seqkit.diagnostics.gradient import GradientThroughTime
from seqkit.diagnostics.verdict import LayerReport
from seqkit.errors import ConfigError
from seqkit.files import replacing

FLOOR = 1e-12
"""Share of the largest norm below which a curve leaves the picture."""


SCRIPTS = (
    "NanumGothic",
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Malgun Gothic",
    "AppleGothic",
    "UnDotum",
    "Baekmuk Gulim",
)
"""Fonts that have Hangul, for pictures of Korean where one is installed."""


def new_figure(width: float, height: float) -> Any:
    """Return an empty matplotlib figure, size in inches.

    Raises:
        ConfigError: if matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # takes a second to import
    except ImportError as error:
        raise ConfigError("pictures need matplotlib, which is not installed. pip install 'seqkit[plots]'.") from error
    return Figure(figsize=(width, height), layout="constrained")


def fonts(first: str = "DejaVu Sans") -> list[str]:
    """Return the fonts to write tokens with: one of matplotlib's own, and those with Hangul that are installed.

    Args:
        first: the font of all characters that it has.
    """
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    return [first, *(name for name in SCRIPTS if name in there)]


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure as a PNG, whole or not at all."""
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150, format="png")


def tidy(axes: Any) -> None:
    """Take away what carries no information."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)


def plot_gradient(
    gradient: GradientThroughTime | dict[str, GradientThroughTime], title: str = "gradient through time"
) -> Any:
    """Draw the norm of dLoss/ds_t against the distance in time, on a logarithmic scale.

    A line is the median over rows, the band around it half of the rows; the mark on it stands at the effective memory
    length, beyond which less than 1 % is left.

    Args:
        gradient: what `gradient_through_time` found; several, by name, are drawn into one picture.
        title: what stands above the picture.

    Returns:
        A matplotlib figure.

    Raises:
        ConfigError: if matplotlib is not installed.
    """
    several = gradient if isinstance(gradient, dict) else {"": gradient}
    lines = [(name, curve) for name, each in several.items() for curve in each.curves]
    figure = new_figure(7.5, 4.5)
    axes = figure.subplots()
    for index, (name, curve) in enumerate(lines):
        alone = len(several[name].curves) == 1
        label = (name if alone else f"{name}, {curve.name}") if name else curve.name
        draw_curve(axes, curve, label, f"C{index % 10}")
    norms = [curve.norms[curve.norms.isfinite() & (curve.norms > 0)] for _, curve in lines]
    tops = [float(each.max()) for each in norms if len(each)]
    if tops:
        lowest = min(float(each.min()) for each in norms if len(each))
        axes.set_ylim(max(lowest / 3, max(tops) * FLOOR), max(tops) * 5)
    axes.set(title=title, xlabel="distance from the loss in tokens", ylabel="‖dLoss/ds‖", yscale="log")
    # Distances are whole numbers: no tick may stand between two.
    axes.xaxis.get_major_locator().set_params(integer=True)
    tidy(axes)
    axes.legend(frameon=False, fontsize=9)
    return figure


def draw_curve(axes: Any, curve: Any, label: str, colour: str) -> None:
    """Draw one curve with its band and its mark."""
    norms = curve.norms.clamp(min=1e-45)
    low, high = curve.quartiles.clamp(min=1e-45)
    d = range(len(norms))
    reach = f"{curve.memory} tokens" + ("" if curve.forgets else " or more")
    axes.plot(d, norms, color=colour, linewidth=1.8, label=f"{label}: memory {reach}", marker="." * (len(d) == 1))
    if len(curve.values) > 1:
        axes.fill_between(d, low, high, color=colour, alpha=0.15, linewidth=0)
    if curve.forgets:
        axes.plot(curve.memory, norms[curve.memory], "o", color=colour, markersize=6, markeredgecolor="white")


def plot_spectrum(layers: Sequence[LayerReport], title: str = "the step's Jacobian") -> Any:
    """Draw the eigenvalues of the step's Jacobian in the complex plane, and its singular values by size.

    Inside of the unit circle changes of the state die out, outside they grow.

    Args:
        layers: those of an `Inspection`.
        title: what stands above the picture.

    Returns:
        A matplotlib figure.

    Raises:
        ConfigError: if matplotlib is not installed.
    """
    figure = new_figure(3.6 * max(2, len(layers)), 7)
    figure.suptitle(title)
    rows = figure.subplots(2, len(layers), squeeze=False)
    for index, (layer, plane, sizes) in enumerate(zip(layers, *rows, strict=True)):
        colour, values = f"C{index % 10}", layer.spectrum.eigenvalues
        turn = torch.linspace(0, 2 * torch.pi, 200)
        plane.plot(turn.cos(), turn.sin(), color="0.4", linewidth=1)
        plane.plot(values.real.flatten(), values.imag.flatten(), ".", color=colour, markersize=3, alpha=0.5)
        plane.set(xlabel="real part", ylabel="imaginary part", aspect="equal", title=layer.curve.name)
        plane.annotate(
            f"radius {layer.spectrum.radius:.3g}\nλ = {layer.exponents.largest:+.3f}",
            (0.03, 0.97), xycoords="axes fraction", va="top", fontsize=8,
        )  # fmt: skip
        for each in layer.spectrum.singular_values:
            sizes.plot(range(1, len(each) + 1), each.clamp(min=1e-6), color=colour, alpha=0.5, linewidth=1)
        sizes.axhline(1, color="0.4", linewidth=1)
        sizes.set(xlabel="singular value, by size", ylabel="size", yscale="log")
        tidy(plane)
        tidy(sizes)
    return figure


def plot_gates(layers: Sequence[LayerReport], title: str = "gates") -> Any:
    """Draw how often each unit's gates are shut (below 0.1) and open (above 0.9), a dot for each unit.

    At the origin a gate is always in between, at the top always shut, at the right always open.

    Args:
        layers: those of an `Inspection`.
        title: what stands above the picture.

    Returns:
        A matplotlib figure.

    Raises:
        ConfigError: if matplotlib is not installed, or no layer has a gate.

    Source:
        Karpathy et al., "Visualizing and understanding recurrent networks", 2015 (figure 3).
    """
    gated = [layer for layer in layers if layer.gates]
    if not gated:
        raise ConfigError("no gates were found: there is nothing to draw.")
    wide = max(len(layer.gates) for layer in gated)
    figure = new_figure(2.9 * wide + 0.6, 2.9 * len(gated) + 0.4)
    figure.suptitle(title)
    grid = figure.subplots(len(gated), wide, squeeze=False, sharex=True, sharey=True)
    for row, (layer, line) in enumerate(zip(gated, grid, strict=True)):
        for axes in line[len(layer.gates) :]:
            axes.set_visible(False)
        for gate, axes in zip(layer.gates, line, strict=False):
            axes.plot([0, 1], [1, 0], color="0.7", linewidth=1)
            axes.plot(gate.open, gate.shut, "o", color=f"C{row % 10}", alpha=0.35, markersize=5, markeredgewidth=0)
            axes.set(title=f"{gate.name}, mean {gate.mean:.2f}", xlim=(-0.04, 1.04), ylim=(-0.04, 1.04), aspect="equal")
            axes.set_xlabel("share of steps open")
            tidy(axes)
        line[0].set_ylabel(f"{layer.curve.name}\nshare of steps shut")
    return figure
