"""Writes Triton for what a traced step does: a program works on a tile of rows and of columns of one unit.

Where nothing is taken over a whole row, many programs share its columns, and each computes the products of the state
that its own columns need: a step is one launch. Else a program has whole rows, and the products are library calls.
"""

from typing import Any

import torch
from torch import fx

from seqkit.engine.columns import Columns, Key, Output
from seqkit.engine.gpu.operations import REDUCTIONS, literal, render
from seqkit.engine.operations import constant
from seqkit.engine.target import Request, Sum, Term
from seqkit.engine.trace import Node, aten

HEAD = """@triton.jit(do_not_specialize=["rows", "t"])
def {name}(
    rows, t, {arguments},
    ROWS: tl.constexpr, COLUMNS: tl.constexpr, DEPTH: tl.constexpr, PRECISION: tl.constexpr,
):
    b = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]
    j = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)[None, :]
    now = tl.cast(t, tl.int64)
    real, column = b < rows, j < {unit}
    inside = real & column
"""

PRODUCT = """
{sums}
for k in range(0, {depth}, DEPTH):
    d = k + tl.arange(0, DEPTH)
    left = tl.load({left} + now * by_{left} + b * {depth} + d[None, :], mask=real & (d[None, :] < {depth}), other=0)
{steps}"""

STEP = """    place = {matrix} + d[:, None] * {down} + ({start} + j) * {along}
    right = tl.load(place, mask=(d[:, None] < {depth}) & column, other=0)
    {sum} = tl.dot(left, right, {sum}, input_precision=PRECISION, out_dtype={dtype})"""


class TritonEmitter(Columns):
    """Writes one kernel `name(rows, t, …)`: for each tensor its place at step 0 and how many numbers a step moves on.

    Args:
        request: what the kernel shall do.
        dtype: what it computes in: float32, or float64.
    """

    def __init__(self, request: Request, dtype: torch.dtype) -> None:
        super().__init__(request.reads, list(request.outputs.values()), request.weights, request.batch)
        self.request = request
        self.dtype = {torch.float32: "tl.float32", torch.float64: "tl.float64"}[dtype]
        self.whole = any(node.target in REDUCTIONS for node in self.nodes)
        self.lines: list[str] = []
        self.names: dict[Key, str] = {}
        self.sums: dict[tuple[str, Term, int], str] = {}
        self.used: dict[str, None] = {}  # an ordered set

    def code(self) -> str:
        """Write the kernel."""
        for name, output in self.request.outputs.items():
            self.store(name, output)
        places = [*self.used, *(f"to_{name}" for name in self.request.outputs)]
        given = [
            f"{place}, down_{place}, along_{place}" if is_matrix(place) else f"{place}, by_{place}" for place in places
        ]
        head = HEAD.format(name=self.request.name, arguments=", ".join(given), unit=self.unit)
        return head + "".join(f"    {line}\n" for line in self.lines)

    def store(self, name: str, output: Output) -> None:
        """Write one output, unit by unit; one value a row is written by the program that has the first columns."""
        width = self.width(output.node)
        for start in self.starts(output.node):
            value = self.value(output.node, start)
            columns, kept = (f"{start} + j", "inside") if width > 1 else ("0 * j", "real & (j == 0)")
            if output.summed:
                place = f"to_{name} + now * by_to_{name} + {columns}"
                total = f"tl.sum(tl.where({kept}, {value}, 0.0), 0, keep_dims=True)"
                self.lines.append(f"tl.atomic_add({place}, {total}, mask={'column' if width > 1 else 'j == 0'})")
                continue
            place = f"to_{name} + now * by_to_{name} + b * {width} + {columns}"
            if output.added:
                value = f"{value} + tl.load({place}, mask={kept}, other=0).to({self.dtype})"
            self.lines.append(f"tl.store({place}, {value}, mask={kept})")

    def value(self, node: Any, start: int) -> str:
        """Return the name of a node's columns from `start` on, writing the lines that make it."""
        if not isinstance(node, fx.Node):
            return literal(node, self.dtype)
        start = 0 if self.width(node) == 1 else start
        key = (node, start)
        if key not in self.names:
            self.names[key] = self.make(node, start)
        return self.names[key]

    def make(self, node: Node, start: int) -> str:
        """Write the lines that make a value, and return its name."""
        if node.op == "placeholder":
            return self.line(self.input(node, start))
        if (origin := self.origin(node, start)) is not None:
            return self.value(*origin)
        if (number := constant(node)) is not None:
            return literal(number, self.dtype)
        if node.target in REDUCTIONS:
            return self.line(self.taken(node))
        return self.line(render(node, [self.value(arg, start) for arg in node.args], self.dtype))

    def line(self, expression: str) -> str:
        """Give an expression a name."""
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {expression}")
        return name

    def taken(self, node: Node) -> str:
        """Write what is taken over a row."""
        beyond, together, two = REDUCTIONS[node.target]
        parts, width = node.args[0], self.width(node.args[0])
        found = [self.value(parts, start) for start in self.starts(parts)]
        if width > 1:
            found = [self.line(f"{together}(tl.where(inside, {part}, {beyond}), 1, keep_dims=True)") for part in found]
        total = found[0]
        for part in found[1:]:
            total = self.line(two.format(total, part))
        return f"{total} / {width}" if node.target is aten.mean.dim else total

    def input(self, node: Node, start: int) -> str:
        """Write how an input is come by: read, or computed as a sum of products."""
        given = Sum((), read=True) if self.whole else self.request.sums.get(node.name, Sum((), read=True))
        parts = [self.total(node, term, start) for term in given.terms]
        if given.bias is not None:
            parts.append(self.read(given.bias, start, width=self.width(node), weight=True))
        if given.read:
            parts.append(self.read(node.name, start, self.width(node), node in self.weights, node.meta["val"].dtype))
        return " + ".join(parts)

    def read(self, name: str, start: int, width: int, weight: bool, dtype: torch.dtype = torch.float32) -> str:
        """Write how columns are read."""
        self.used[name] = None
        row = "" if weight else f" + now * by_{name} + b * {width}"
        if width == 1:
            place, kept = f"{name}{row} + tl.zeros((1, 1), tl.int32)", "None" if weight else "real"
        else:
            place, kept = f"{name}{row} + {start} + j", "column" if weight else "inside"
        other = "" if kept == "None" else ", other=0"
        return f"tl.load({place}, mask={kept}{other})" + (" != 0" if dtype == torch.bool else f".to({self.dtype})")

    def total(self, node: Node, term: Term, start: int) -> str:
        """Return the columns of a product from `start` on, writing the loop that computes all of them."""
        key = (node.name, term, start)
        if key not in self.sums:
            self.multiply(node, term)
        return self.sums[key]

    def multiply(self, node: Node, term: Term) -> None:
        """Write the loop that computes all columns of a product: the operand is read once for all of them."""
        self.used |= {term.left: None, term.matrix: None}
        ends = [f"down_{term.matrix}", f"along_{term.matrix}"]
        down, along = reversed(ends) if term.turned else ends
        made = {start: f"sum{len(self.sums) + i}" for i, start in enumerate(self.starts(node))}
        self.sums |= {(node.name, term, start): name for start, name in made.items()}
        same = {"matrix": term.matrix, "down": down, "along": along, "depth": term.depth, "dtype": self.dtype}
        steps = "\n".join(STEP.format(start=start, sum=name, **same) for start, name in made.items())
        sums = "\n".join(f"{name} = tl.zeros((ROWS, COLUMNS), {self.dtype})" for name in made.values())
        text = PRODUCT.format(sums=sums, depth=term.depth, left=term.left, steps=steps)
        self.lines += [line for line in text.splitlines() if line]


def is_matrix(name: str) -> bool:
    """Tell whether a place is that of a weight to multiply by."""
    return name.startswith("matrix")
