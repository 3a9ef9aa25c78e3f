"""The judge of every export: onnxruntime computes what torch computes, at sizes that were not recorded."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from seqkit.errors import ExportError
from seqkit.export.graph import GraphModule
from seqkit.export.ports import Port, Sizes, samples, start
from seqkit.runtime.graph import Arrays

ALLOWED = 1e-5
"""Greatest difference, of numbers up to 1; among greater ones it grows with the greatest."""

TRIED: tuple[Sizes, ...] = (
    {"B": 1, "T": 1, "C": 1},
    {"B": 5, "T": 2, "C": 2},
    {"B": 6, "T": 13, "C": 9},
    {"B": 1, "T": 40, "C": 4},
    {"B": 2, "T": 150, "C": 3},
)
"""One token, few, and many; none of them is what was recorded."""


def differences(
    graph: GraphModule, given: Sequence[Port], exported: Callable[[Arrays], Arrays]
) -> Iterator[tuple[Sizes, float]]:
    """Yield the sizes that were tried, and the greatest difference at each.

    Args:
        graph: what was exported.
        given: its inputs.
        exported: what came of it.
    """
    for sizes in TRIED:
        with torch.no_grad():
            tensors = reached(graph, given, sizes)
            expected = [tensor.numpy() for tensor in graph(*tensors)]
        names = [port.name for port in given]
        found = exported(dict(zip(names, (tensor.numpy() for tensor in tensors), strict=True)))
        yield sizes, max(_difference(y, e) for y, e in zip(found.values(), expected, strict=True))


def reached(graph: GraphModule, given: Sequence[Port], sizes: Sizes) -> list[torch.Tensor]:
    """Make inputs; a state among them is one that the model comes to, not one that no text leads to."""
    tensors = samples(given, sizes)
    begin = {name: row.expand(sizes["B"], -1) for name, row in start(graph.model).items()}
    places = [place for place, port in enumerate(given) if port.name in begin]
    for place in places:
        tensors[place] = begin[given[place].name]
    after = graph(*tensors)[1:] if places else ()
    fresh = samples(given, sizes)
    for place, state in zip(places, after, strict=True):
        fresh[place] = state
    return fresh


def check(graph: GraphModule, given: Sequence[Port], exported: Callable[[Arrays], Arrays]) -> float:
    """Hold an exported graph to torch; returns the greatest difference.

    Raises:
        ExportError: if they differ, or the graph does not run at another size.
    """
    greatest = 0.0
    cell = graph.cell
    try:
        for sizes, difference in differences(graph, given, exported):
            if not difference <= ALLOWED:
                raise ExportError(
                    f"the exported graph with the cell {cell!r} differs from torch by {difference:.1e} at "
                    f"{dict(sizes)}; allowed are {ALLOWED}. It was not written; please report the cell."
                )
            greatest = max(greatest, difference)
    except ValueError as error:
        if isinstance(error, ExportError):
            raise
        raise ExportError(
            f"the exported graph with the cell {cell!r} does not run at other sizes than the recorded ones, so it was "
            f"not written: {error}"
        ) from error
    return greatest


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    if found.shape != expected.shape:
        raise ValueError(f"it gives {found.shape}; torch gives {expected.shape}")
    if not np.array_equal(np.isfinite(found), np.isfinite(expected)):
        return float("inf")
    with np.errstate(invalid="ignore"):
        apart, size = np.abs(found - expected), np.abs(expected)
    largest = np.nan_to_num(size, posinf=0.0).max(initial=1.0)
    return float(np.nan_to_num(apart, posinf=0.0).max(initial=0.0) / largest)
