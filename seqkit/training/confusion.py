"""What was taken for what, as a picture."""

from pathlib import Path

import numpy as np

from seqkit.files import replacing

LARGEST = 30
"""Labels that are drawn; the rarest beyond are drawn as one."""


def gather(labels: list[str], counts: list[list[int]], largest: int = LARGEST) -> tuple[list[str], np.ndarray]:
    """Put the rarest labels together, so that a picture can be read.

    Example:
        >>> gather(["a", "b", "c"], [[5, 0, 1], [0, 1, 0], [0, 0, 1]], largest=2)[0]
        ['a', '2 others']
    """
    table = np.asarray(counts)
    if len(labels) <= largest:
        return labels, table
    order = np.argsort(-table.sum(1), kind="stable")
    kept, rest = np.sort(order[: largest - 1]), order[largest - 1 :]
    groups = [[index] for index in kept] + [list(rest)]
    merged = np.array([[table[np.ix_(row, column)].sum() for column in groups] for row in groups])
    return [*(labels[index] for index in kept), f"{len(rest)} others"], merged


def draw_confusion(labels: list[str], counts: list[list[int]], path: Path, title: str) -> bool:
    """Draw how often each label (row) was taken for each (column), shaded by the share of its row.

    Args:
        labels: the labels.
        counts: how often, (labels, labels).
        path: the PNG to write.
        title: what stands above the picture.

    Returns:
        Whether it was drawn; without matplotlib (extra `plots`), or without labels, it is not.
    """
    try:
        from matplotlib.figure import Figure  # takes a second to import
    except ImportError:
        return False
    if not labels:
        return False
    names, table = gather(labels, counts)
    shares = table / np.maximum(1, table.sum(1, keepdims=True))
    side = 2.5 + 0.42 * len(names)
    figure = Figure(figsize=(side + 1, side), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(table):
        if count:
            shade = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=shade, fontsize=7)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set(title=title, xlabel="the model says", ylabel="the truth")
    figure.colorbar(image, label="share of the row", shrink=0.8)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=130, format="png")
    return True
