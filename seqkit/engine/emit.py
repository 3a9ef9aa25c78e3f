"""Writes C++ for what a traced step does row by row: one pass over the rows, all pointwise work in one loop.

A loop runs over one unit of columns. Sums over a row need a loop of their own before the values that use them; they
cut the work into phases.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import fx

from seqkit.engine.columns import Columns, Key, Output
from seqkit.engine.operations import COSTLY, REDUCTIONS, SAME, constant, render
from seqkit.engine.trace import Node

WORTH_KEEPING = 4
"""From how many operations on a value is kept from one loop over a row to the next."""


@dataclass
class Loop:
    """The lines of one loop's body, and the names of the values that they hold."""

    column: str
    lines: list[str] = field(default_factory=list)
    names: dict[Key, str] = field(default_factory=dict)
    made: set[Key] = field(default_factory=set)


class Emitter(Columns):
    """Writes one kernel `void name(long rows, char** base, const long* stride, long t)`.

    Argument i begins at `base[i] + t * stride[i]`: its tensor of step t. Inputs come first, then outputs.

    Args:
        name: the function's name.
        inputs: the inputs; those in `weights` are (n,), all others have a row for each row of the batch.
        outputs: what to write.
        weights: which inputs are weights.
        batch: the batch size of the trace.
        down: whether the rows are taken from the last to the first.
    """

    def __init__(
        self,
        name: str,
        inputs: Sequence[Node],
        outputs: Sequence[Output],
        weights: set[Node],
        batch: int,
        down: bool = False,
    ) -> None:
        super().__init__(inputs, outputs, weights, batch)
        self.name, self.down = name, down
        self.number = {node: i for i, node in enumerate(self.nodes)}
        self.level: dict[Node, int] = {}
        self.cost: dict[Node, int] = {}
        for node in self.nodes:
            below = max((self.level[arg] for arg in node.all_input_nodes), default=0)
            self.level[node] = below + (node.target in REDUCTIONS)
            self.cost[node] = self.effort(node)
        self.kept: set[Key] = set()
        self.held: set[Key] = set()
        self.before: set[Key] = set()
        self.count = 0

    def effort(self, node: Node) -> int:
        """Return about how many operations it takes to work a value out from what is in memory."""
        if node.op != "call_function" or node.target in REDUCTIONS:
            return 0
        below = sum(self.cost[arg] for arg in node.all_input_nodes)
        return below if node.target in SAME else below + (10 if node.target in COSTLY else 1)

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
        turn = "long b = rows; b-- > 0;" if self.down else "long b = 0; b < rows; b++"
        return "\n".join([*head, f"  for ({turn}) {{", *body, "  }", "}", ""])

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
                for place in self.starts(node.args[0]):
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
        for start in self.starts(output.node):
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
        if (origin := self.origin(node, start)) is not None:
            return self.value(loop, *origin)
        if (number := constant(node)) is not None:
            return literal(number)
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


def literal(value: Any) -> str:
    """Write a number as C++."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        if math.isinf(value):
            return "-INFINITY" if value < 0 else "INFINITY"
        return "NAN" if math.isnan(value) else f"(T){float(value)!r}"
    return repr(value)
