"""The loss curve as a picture."""

from pathlib import Path
from typing import Any

from seqkit.files import replacing


def loss_curve(history: list[dict[str, Any]], path: Path, title: str) -> bool:
    """Draw training and validation loss over the steps.

    Args:
        history: `trainer.state.log_history`.
        path: the PNG to write.
        title: what stands above the picture.

    Returns:
        Whether it was drawn; without matplotlib (extra `plots`) it is not.
    """
    try:
        from matplotlib.figure import Figure  # takes a second to import
    except ImportError:
        return False
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for key, label, marker in (("loss", "training", ""), ("eval_loss", "validation", "o")):
        points = [(row["step"], row[key]) for row in history if key in row]
        if points:
            axes.plot(*zip(*points, strict=True), label=label, marker=marker, linewidth=1.5)
    axes.set(title=title, xlabel="step", ylabel="loss in nats")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150, format="png")
    return True
