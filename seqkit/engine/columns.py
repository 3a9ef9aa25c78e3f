"""The columns of a traced step: what every writer of kernels must know, in whatever language it writes.

A kernel works on units of columns, the widest that divides all tensors and all places where they are cut: for an LSTM
the hidden size, so that the four gates of a unit are worked out together. Operations that only move columns compute
nothing: a value is read from where it comes from.
"""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import fx

from seqkit.engine.operations import REDUCTIONS, SAME
from seqkit.engine.trace import Node, Unsuited, ancestors, aten

MOST_PIECES = 64
"""How many units a row may have: beyond it the code grows long and slow."""

Key = tuple[Node, int]
"""A value in a kernel: a node and the column at which its unit begins."""


@dataclass(frozen=True)
class Output:
    """What a kernel writes.

    Args:
        node: the value, (B, n).
        added: add it to what stands there.
        summed: add all its rows to one row (n,).
    """

    node: Node
    added: bool = False
    summed: bool = False


class Columns:
    """Knows of the nodes that a kernel's outputs are made of how wide each is, and where its columns come from.

    Args:
        inputs: the inputs; those in `weights` are (n,), all others have a row for each row of the batch.
        outputs: what to write.
        weights: which inputs are weights.
        batch: the batch size of the trace.

    Raises:
        Unsuited: if the rows of a batch are mixed, or the columns have no common unit.
    """

    def __init__(self, inputs: Sequence[Node], outputs: Sequence[Output], weights: set[Node], batch: int) -> None:
        self.inputs, self.outputs, self.weights, self.batch = inputs, outputs, weights, batch
        used = ancestors([output.node for output in outputs])
        graph = outputs[0].node.graph if outputs else None
        self.nodes: list[Node] = [node for node in graph.nodes if node in used] if graph else []
        for node in self.nodes:
            check(node)
        self.unit = self.find_unit()

    def width(self, node: Node) -> int:
        """Return the columns of a node: 1 for one value a row."""
        shape = tuple(node.meta["val"].shape)
        if len(shape) == 2 and shape[0] in (1, self.batch):
            return shape[1]
        if len(shape) < 2:
            return 1 if shape in ((), (self.batch,)) else shape[0]
        raise Unsuited(f"its step makes a tensor of shape {('B', *shape[1:])} by `{node.target}`")

    def starts(self, node: Node) -> range:
        """Return where the units of a node begin."""
        width = self.width(node)
        return range(0, width, self.unit if width > 1 else 1)

    def find_unit(self) -> int:
        """Return the greatest number of columns that divides every tensor and every place where one is cut."""
        inner = [place for node in self.nodes for place in self.cuts(node) if place]
        wide = [width for output in self.outputs if (width := self.width(output.node)) > 1]
        wide += [width for node in self.nodes if node.target in REDUCTIONS and (width := self.width(node.args[0])) > 1]
        unit = math.gcd(*inner, *wide) or 1
        if max([*inner, *wide], default=1) // unit > MOST_PIECES:
            raise Unsuited(f"the parts of its step have no common width: {sorted({*inner, *wide})}")
        return unit

    def cuts(self, node: Node) -> list[int]:
        """Return the columns at which an operation cuts a row or joins it together."""
        if node.op != "call_function":
            return []
        if node.target is aten.cat.default:
            ends = [self.width(part) for part in node.args[0]]
            return [sum(ends[: i + 1]) for i in range(len(ends))]
        if node.target is operator.getitem:
            start = split_start(node)
            return [start, start + self.width(node)]
        if node.target is aten.slice.Tensor:
            start = bounds(node, 1)[0]
            return [start, start + self.width(node)]
        if node.target is aten.slice_scatter.default:
            return [*bounds(node, 2), self.width(node)]
        return []

    def origin(self, node: Node, start: int) -> Key | None:
        """Follow an operation that only moves columns to where they come from; None for any other."""
        if node.target in SAME:
            if self.width(node) != self.width(node.args[0]) and node.target is not aten.expand.default:
                raise Unsuited(f"its step gives a tensor another shape by `{node.target}`")
            return node.args[0], start
        if node.target is operator.getitem:
            return node.args[0].args[0], start + split_start(node)
        if node.target is aten.slice.Tensor:
            return node.args[0], start + bounds(node, 1)[0]
        if node.target is aten.slice_scatter.default:
            first, end = bounds(node, 2)
            inside = first <= start < end
            return (node.args[1], start - first) if inside else (node.args[0], start)
        if node.target is aten.cat.default:
            for part in node.args[0]:
                if start < self.width(part):
                    return part, start
                start -= self.width(part)
        return None


def bounds(node: Node, first: int) -> tuple[int, int]:
    """Return where a slice begins and ends; `first` is the place of the axis among its arguments."""
    given: tuple[Any, ...] = tuple(node.args[first:])
    missing: tuple[Any, ...] = (0, None, None, 1)[len(given) :]
    axis, start, end, step = (*given, *missing)
    whole = node.args[0].meta["val"].shape
    if step != 1 or axis % len(whole) != len(whole) - 1:
        raise Unsuited("its step takes a slice across rows, or every other column")
    first_column, last_column, _ = slice(start, end).indices(whole[-1])
    return first_column, last_column


def split_start(node: Node) -> int:
    """Return the column at which a part of a split begins."""
    split, index = node.args
    axis = split.args[2] if len(split.args) > 2 else 0
    if split.target is not aten.split_with_sizes.default or axis % split.args[0].meta["val"].dim() != 1:
        raise Unsuited(f"its step takes a part of `{split.target}`")
    return sum(split.args[1][:index])


def check(node: fx.Node) -> None:
    """Refuse what mixes rows of the batch, or joins tensors along it."""
    arguments: tuple[Any, ...] = node.args
    if node.target in REDUCTIONS:
        axes = arguments[1] if len(arguments) > 1 else None
        if arguments[0].meta["val"].dim() != 2 or not axes or {axis % 2 for axis in axes} != {1} or node.kwargs:
            raise Unsuited(f"its step takes `{node.target}` across the rows of a batch")
    if node.target is aten.cat.default and (arguments[1] if len(arguments) > 1 else 0) not in (1, -1):
        raise Unsuited("its step joins tensors along the batch")
