"""Writes C++ for what a traced step does row by row: one pass over the rows, all pointwise work in one loop.

A loop runs over `unit` columns, the widest that divides all tensors and all places where they are cut: for an LSTM the
hidden size, so that the four gates of a unit are worked out together. Sums over a row need a loop of their own before
the values that use them; they cut the work into phases.
"""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import fx

from seqkit.engine.operations import COSTLY, REDUCTIONS, SAME, plain, render
from seqkit.engine.trace import Node, Unsuited, ancestors, aten

MOST_PIECES = 64
"""How many units a row may have: beyond it the code grows long and slow."""

WORTH_KEEPING = 4
"""From how many operations on a value is kept from one loop over a row to the next."""

Key = tuple[Node, int]
"""A value in a loop: a node and the column at which its unit begins."""


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


@dataclass
class Loop:
    """The lines of one loop's body, and the names of the values that they hold."""

    column: str
    lines: list[str] = field(default_factory=list)
    names: dict[Key, str] = field(default_factory=dict)
    made: set[Key] = field(default_factory=set)


class Emitter:
    """Writes one kernel `void name(long rows, char** base, const long* stride, long t)`.

    Argument i begins at `base[i] + t * stride[i]`: its tensor of step t. Inputs come first, then outputs.

    Args:
        name: the function's name.
        inputs: the inputs; those named in `weights` are (n,), all others have a row for each row of the batch.
        outputs: what to write.
        weights: which inputs are weights.
        batch: the batch size of the trace.
    """

    def __init__(
        self, name: str, inputs: Sequence[Node], outputs: Sequence[Output], weights: set[Node], batch: int
    ) -> None:
        self.name, self.inputs, self.outputs, self.weights, self.batch = name, inputs, outputs, weights, batch
        used = ancestors([output.node for output in outputs])
        graph = outputs[0].node.graph if outputs else None
        self.nodes = [node for node in graph.nodes if node in used] if graph else []
        self.number = {node: i for i, node in enumerate(self.nodes)}
        self.level: dict[Node, int] = {}
        self.cost: dict[Node, int] = {}
        for node in self.nodes:
            below = max((self.level[arg] for arg in node.all_input_nodes), default=0)
            self.level[node] = below + (node.target in REDUCTIONS)
            self.cost[node] = self.effort(node)
            check(node)
        self.unit = self.find_unit()
        self.kept: set[Key] = set()
        self.held: set[Key] = set()
        self.before: set[Key] = set()
        self.count = 0

    def width(self, node: Node) -> int:
        """Return the columns of a node: 1 for one value a row."""
        shape = tuple(node.meta["val"].shape)
        if len(shape) == 2 and shape[0] in (1, self.batch):
            return shape[1]
        if len(shape) < 2:
            return 1 if shape in ((), (self.batch,)) else shape[0]
        raise Unsuited(f"its step makes a tensor of shape {('B', *shape[1:])} by `{node.target}`")

    def effort(self, node: Node) -> int:
        """Return about how many operations it takes to work a value out from what is in memory."""
        if node.op != "call_function" or node.target in REDUCTIONS:
            return 0
        below = sum(self.cost[arg] for arg in node.all_input_nodes)
        return below if node.target in SAME else below + (10 if node.target in COSTLY else 1)

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
            start = self.split_start(node)
            return [start, start + self.width(node)]
        if node.target is aten.slice.Tensor:
            start = self.bounds(node, 1)[0]
            return [start, start + self.width(node)]
        if node.target is aten.slice_scatter.default:
            return [*self.bounds(node, 2), self.width(node)]
        return []

    def bounds(self, node: Node, first: int) -> tuple[int, int]:
        """Return where a slice begins and ends; `first` is the place of the axis among its arguments."""
        given: tuple[Any, ...] = tuple(node.args[first:])
        missing: tuple[Any, ...] = (0, None, None, 1)[len(given) :]
        axis, start, end, step = (*given, *missing)
        whole = node.args[0].meta["val"].shape
        if step != 1 or axis % len(whole) != len(whole) - 1:
            raise Unsuited("its step takes a slice across rows, or every other column")
        first_column, last_column, _ = slice(start, end).indices(whole[-1])
        return first_column, last_column

    def split_start(self, node: Node) -> int:
        """Return the column at which a part of a split begins."""
        split, index = node.args
        axis = split.args[2] if len(split.args) > 2 else 0
        if split.target is not aten.split_with_sizes.default or axis % split.args[0].meta["val"].dim() != 1:
            raise Unsuited(f"its step takes a part of `{split.target}`")
        return sum(split.args[1][:index])

    def code(self) -> str:
        """Write the kernel."""
        phases = range(max((self.level[output.node] for output in self.outputs), default=0) + 1)
        # A dry run first: what a later phase would work out again at some cost is kept from the one before.
        for phase in phases:
            self.before |= self.phase(phase, phases[-1])[1].made
        self.before = set()
        lines = []
        for phase in phases:
            text, loop = self.phase(phase, phases[-1])
            lines += text
            self.held |= loop.made & self.kept
        arrays = sorted({self.number[node] for node, _ in self.kept})
        scratch = [f"T kept{i}[{self.width(self.nodes[i])}];" for i in arrays]
        return self.frame([*scratch, *lines])

    def frame(self, lines: list[str]) -> str:
        """Put the head and the loop over rows around the phases."""
        head = [f'extern "C" void {self.name}(long rows, char** base, const long* stride, long t) {{']
        used = set(self.nodes)
        rows = []
        for i, node in enumerate(self.inputs):
            if node in used:
                kind = "unsigned char" if node.meta["val"].dtype == torch.bool else "T"
                head.append(f"  const {kind}* in{i} = (const {kind}*)(base[{i}] + t * stride[{i}]);")
                if node not in self.weights:
                    rows.append(f"    const {kind}* row{i} = in{i} + b * {self.width(node)};")
        for i, output in enumerate(self.outputs):
            place = len(self.inputs) + i
            head.append(f"  T* out{i} = (T*)(base[{place}] + t * stride[{place}]);")
            rows.append(f"    T* to{i} = out{i}" + (";" if output.summed else f" + b * {self.width(output.node)};"))
        body = [*rows, *(f"    {line}" for line in lines)]
        return "\n".join([*head, "  for (long b = 0; b < rows; b++) {", *body, "  }", "}", ""])

    def phase(self, phase: int, last: int) -> tuple[list[str], Loop]:
        """Write one phase: the sums over a row that can be taken now, and in the last one the outputs."""
        loop, tail, before, after = Loop("j"), Loop("0"), [], []
        clauses: dict[str, list[str]] = {}
        for node in self.nodes:
            if node.target in REDUCTIONS and self.level[node] == phase + 1:
                start, combine, finish, clause = REDUCTIONS[node.target]
                name = f"sum{self.number[node]}"
                before.append(f"T {name} = {start};")
                clauses.setdefault(clause, []).append(name)
                width = self.width(node.args[0])
                for place in range(0, width, self.unit if width > 1 else 1):
                    target = loop if width > 1 else tail
                    target.lines.append(combine.format(name, self.value(target, node.args[0], place)))
                after.append(finish.format(name, width))
        if phase == last:
            for i, output in enumerate(self.outputs):
                self.store(loop, tail, i, output)
        clause = "".join(f" reduction({kind}:{','.join(names)})" for kind, names in clauses.items())
        head = [f"#pragma omp simd{clause}", f"for (long j = 0; j < {self.unit}; j++) {{"]
        body = [*head, *(f"  {line}" for line in loop.lines), "}"] if loop.lines else []
        # One value a row stands in a block of its own: its names must not meet those of the next phase.
        block = ["{", *(f"  {line}" for line in tail.lines), "}"] if tail.lines else []
        return [*before, *body, *block, *filter(None, after)], loop

    def store(self, loop: Loop, tail: Loop, index: int, output: Output) -> None:
        """Write one output, unit by unit; one value a row stands after the loop."""
        width = self.width(output.node)
        place = loop if width > 1 else tail
        sign = "+=" if output.added else "="
        for start in range(0, width, self.unit if width > 1 else 1):
            value = self.value(place, output.node, start)
            place.lines.append(f"to{index}[{start} + {place.column}] {sign} {value};")

    def value(self, loop: Loop, node: Any, start: int) -> str:
        """Return the C++ name of a node's columns from `start` on, writing the lines that make it."""
        if not isinstance(node, fx.Node):
            return literal(node)
        start = 0 if self.width(node) == 1 else start
        key = (node, start)
        if key not in loop.names:
            loop.names[key] = self.make(loop, node, start)
        return loop.names[key]

    def make(self, loop: Loop, node: Node, start: int) -> str:
        """Write the lines that make a value, and return its name."""
        if node.target in REDUCTIONS:
            return f"sum{self.number[node]}"
        if node.op == "placeholder":
            return self.load(loop, node, start)
        moved = self.moved(loop, node, start)
        if moved is not None:
            return moved
        key = (node, start)
        if key in self.before and self.cost[node] >= WORTH_KEEPING:
            self.kept.add(key)
        if key in self.before & self.kept or key in self.held:
            return f"kept{self.number[node]}[{start} + {loop.column}]"
        kind = "I" if node.meta["val"].dtype == torch.bool else "T"
        args = [self.value(loop, arg, start) for arg in node.args]
        expression = render(node, args)
        self.count += 1
        name = f"v{self.count}"
        loop.lines.append(f"const {kind} {name} = {expression};")
        loop.made.add(key)
        if key in self.kept:
            loop.lines.append(f"kept{self.number[node]}[{start} + {loop.column}] = {name};")
        return name

    def load(self, loop: Loop, node: Node, start: int) -> str:
        """Read an input."""
        source = ("in" if node in self.weights else "row") + str(self.inputs.index(node))
        if self.width(node) == 1:
            return f"{source}[0]"
        return f"{source}[{start} + {loop.column}]"

    def moved(self, loop: Loop, node: Node, start: int) -> str | None:
        """Follow an operation that only moves columns to where they come from; None for any other."""
        if node.target in SAME:
            if self.width(node) != self.width(node.args[0]) and node.target is not aten.expand.default:
                raise Unsuited(f"its step gives a tensor another shape by `{node.target}`")
            return self.value(loop, node.args[0], start)
        if node.target is operator.getitem:
            return self.value(loop, node.args[0].args[0], start + self.split_start(node))
        if node.target is aten.slice.Tensor:
            return self.value(loop, node.args[0], start + self.bounds(node, 1)[0])
        if node.target is aten.slice_scatter.default:
            first, end = self.bounds(node, 2)
            inside = first <= start < end
            return self.value(loop, node.args[1 if inside else 0], start - first if inside else start)
        if node.target is aten.cat.default:
            for part in node.args[0]:
                if start < self.width(part):
                    return self.value(loop, part, start)
                start -= self.width(part)
        return plain(node)


def check(node: Node) -> None:
    """Refuse what mixes rows of the batch, or joins tensors along it."""
    if node.target in REDUCTIONS:
        axes = node.args[1] if len(node.args) > 1 else None
        if node.args[0].meta["val"].dim() != 2 or not axes or {axis % 2 for axis in axes} != {1} or node.kwargs:
            raise Unsuited(f"its step takes `{node.target}` across the rows of a batch")
    if node.target is aten.cat.default and (node.args[1] if len(node.args) > 1 else 0) not in (1, -1):
        raise Unsuited("its step joins tensors along the batch")


def literal(value: Any) -> str:
    """Write a number as C++."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        if math.isinf(value):
            return "-INFINITY" if value < 0 else "INFINITY"
        return "NAN" if math.isnan(value) else f"(T){float(value)!r}"
    return repr(value)
