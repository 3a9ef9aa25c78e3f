"""The picture of a model card: how far back the gradient of a trained model reaches."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from seqkit.diagnostics.batches import small_batch
from seqkit.diagnostics.gradient import Curve, gradient_through_time
from seqkit.diagnostics.plots import plot_gradient, save_figure


def gradient_picture(model: nn.Module, rows: Any, collator: Callable[[list[Any]], Any], path: Path, title: str) -> str:
    """Draw the gradient through time on a few rows of a data set.

    Args:
        model: the model; it is left as it was.
        rows: a data set of model inputs with labels.
        collator: makes a batch of rows.
        path: the PNG to write.
        title: what stands above the picture.

    Returns:
        What the picture shows, in words.

    Raises:
        ConfigError: if matplotlib is not installed.
        DataError: if the rows give no loss.
    """
    found = gradient_through_time(model, small_batch(rows, collator))
    save_figure(plot_gradient(found, title), path)
    count = len(found.curves[0].values)
    unit = "steps" if getattr(model, "main_input_name", "") == "input_features" else "tokens"
    told = "; ".join(beyond(curve, unit) for curve in found.curves)
    return (
        f"The norm of the gradient of {found.measured} against the distance of the state it arrives at, the median of "
        f"{count} validation rows. Less than 1 % of the largest is left beyond: {told}."
    )


def beyond(curve: Curve, unit: str = "tokens") -> str:
    """Tell the memory length of one layer and direction."""
    return f"{curve.name}, {curve.memory} {unit}{'' if curve.forgets else ' or more'}"
