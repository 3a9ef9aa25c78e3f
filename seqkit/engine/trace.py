"""What one step of a cell does: traced once, and split into products with weights and the pointwise rest.

Weights, and what is made of weights alone, are worked out once before the first step. A product of something that
changes with time and of a weight is a library call; all the rest works row by row and can become one kernel.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, fx
from torch.fx.experimental.proxy_tensor import make_fx
from torch.overrides import TorchFunctionMode

from seqkit.cells.base import Cell, State
from seqkit.engine.held import holding, tensors_of
from seqkit.engine.padding import where

aten = torch.ops.aten

Node = Any
"""A `torch.fx.Node`: torch types its arguments so widely that no use of them would pass a type checker."""

Step = Callable[[Tensor, State], tuple[Tensor, State]]


class Unsuited(Exception):
    """A step that this plan cannot run; the message says why, and the engine takes another plan."""


class GradientsRunOn(TorchFunctionMode):
    """Refuses what stops gradients within its block: a trace would let them through."""

    STOPS = (
        torch.Tensor.detach,
        torch.Tensor.detach_,
        torch.detach,
        torch.detach_,
        torch.Tensor.data.__get__,  # type: ignore[attr-defined]
        torch._C._set_grad_enabled,
    )

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call any other function as it is."""
        if function in self.STOPS:
            raise Unsuited("its step stops gradients, by `detach`, `data` or `no_grad`")
        return function(*args, **(kwargs or {}))


@dataclass(frozen=True)
class Product:
    """One product `operand @ weight + bias` of a step.

    Args:
        level: how many products stand before it; those of one level need no other of that level.
        weight: place of the weight (K, G) among the weights.
        bias: place of the bias (G,) among the weights, or None.
        operand: place of the state that is the operand, or None if a stage computes it.
        source: name of the cell's tensor that the weight is, transposed, if it is used for nothing else; or None.
    """

    level: int
    weight: int
    bias: int | None
    operand: int | None
    source: str | None


@dataclass(frozen=True)
class Traced:
    """One step, taken apart.

    Args:
        names: the cell's parameters and buffers, in the order that `prepare` takes them.
        prepare: from these to the weights that the step uses: transposed, stacked, squashed, as the cell will.
        products: the products, those of a lower level first.
        body: the rest as a graph; its inputs are p, the states, the mask, the noises, the weights, the products'
            results, and its outputs the products' operands, h and the new states.
        inputs: the names of the body's inputs by kind: `p`, `state`, `mask`, `noise`, `weight`, `product`.
        noises: for each random tensor the function that draws it.
        output: which new state is h, or None if h is none of them.
        batch: the batch size of the trace, which is no other size in it.
        dtype: the dtype of all its numbers.
    """

    names: tuple[str, ...]
    prepare: fx.GraphModule
    products: tuple[Product, ...]
    body: fx.Graph
    inputs: dict[str, list[str]]
    noises: tuple[tuple[Any, int], ...]
    output: int | None
    batch: int
    dtype: torch.dtype

    def shape(self, product: Product) -> tuple[int, int]:
        """Return rows and columns (K, G) of a product's weight."""
        name = self.inputs["weight"][product.weight]
        rows, columns = next(node for node in self.body.nodes if node.name == name).meta["val"].shape
        return rows, columns


def layer_norm(
    x: Tensor, shape: Sequence[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Spell out `native_layer_norm` over the last axis, so that its gradient is plain arithmetic too."""
    if len(shape) != 1:
        raise Unsuited("its step normalises over several axes")
    mean = x.mean(-1, keepdim=True)
    centred = x - mean
    scale = torch.rsqrt((centred * centred).mean(-1, keepdim=True) + eps)
    y = centred * scale
    y = y if weight is None else y * weight
    return (y if bias is None else y + bias), mean, scale


def softmax(x: Tensor, axis: int, _half_to_float: bool) -> Tensor:
    """Spell out `_softmax`; the greatest value is a constant to the gradient, which it does not change."""
    e = torch.exp(x - x.amax(axis, keepdim=True).detach())
    return e / e.sum(axis, keepdim=True)


@cache
def decompositions() -> dict[Any, Callable[..., Any]]:
    """Return how compound operations are spelled out in simple ones."""
    from torch._decomp import core_aten_decompositions, get_decompositions

    units = (aten.elu, aten.gelu, aten.hardsigmoid, aten.hardswish, aten.hardtanh, aten.leaky_relu, aten.mish)
    more = get_decompositions([*units, aten.gelu_backward, aten.linalg_vector_norm, aten.log_sigmoid_forward])
    own = {aten.native_layer_norm.default: layer_norm, aten._softmax.default: softmax}
    return {**core_aten_decompositions(), **more, **own}


def graph_of(function: Callable[..., Any], examples: Sequence[Tensor], prune: bool = True) -> fx.GraphModule:
    """Trace a function of tensors into simple operations without side effects."""
    pure = torch.func.functionalize(function)
    with torch.enable_grad():
        module = make_fx(pure, decomposition_table=decompositions(), tracing_mode="fake")(*examples)
    if prune:
        module.graph.eliminate_dead_code()
    return module


def trace(cell: Cell, step: Step, p: Tensor, state: State, masked: bool) -> Traced:
    """Trace one step of a cell and take it apart.

    Args:
        cell: the recurrence, whose tensors are weights to the trace.
        step: the step to trace: the cell's own, or one wrapped in zoneout.
        p: projected input of any one step (B, P); like the state, only shape and dtype matter.
        state: the state (B, ·).
        masked: whether rows may be masked, whose state then stays.

    Raises:
        Unsuited: if the step does what this plan cannot.
    """
    weights = tensors_of(cell)
    batch = unused_size([*weights.values(), p, *state])
    rows = [torch.zeros(batch, *tensor.shape[1:], dtype=wide(tensor.dtype)) for tensor in (p, *state)]
    mask = [torch.ones(batch, dtype=torch.bool)] * masked

    def flat(*tensors: Tensor) -> tuple[Tensor, ...]:
        values, (p, *old) = tensors[: len(weights)], tensors[len(weights) : len(weights) + len(rows)]
        with holding(cell, dict(zip(weights, values, strict=True))), GradientsRunOn():
            h, new = step(p, tuple(old))
        if len(new) != len(old):
            raise Unsuited(f"its step makes {len(new)} states of {len(old)}")
        kept = [where(tensors[-1], n, o) for n, o in zip(new, old, strict=True)] if masked else new
        return (*kept, h, *new)

    # On a CPU and in full precision, whatever the run will have: only the operations are wanted, and no number.
    examples = [torch.empty(tensor.shape, dtype=wide(tensor.dtype)) for tensor in weights.values()]
    module = graph_of(flat, [*examples, *rows, *mask])
    return Splitter(module, tuple(weights), len(state), batch, wide(p.dtype)).split()


def wide(dtype: torch.dtype) -> torch.dtype:
    """Return the dtype in which kernels compute with numbers of a dtype: no narrower than float32."""
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


def unused_size(tensors: Sequence[Tensor]) -> int:
    """Return a batch size that is no other size in the trace, so that rows are known by it."""
    sizes = {size for tensor in tensors for size in tensor.shape}
    return next(size for size in (7, 11, 13, 17, 19, 23, 29, 31, 37, *range(41, 10_000)) if size not in sizes)


class Splitter:
    """Takes a traced step apart, walking its graph with what each node depends on.

    Args:
        module: the traced step.
        names: names of its first inputs, the weights.
        states: how many states there are.
        batch: the batch size of the trace.
        dtype: the one dtype that all numbers must have.
    """

    def __init__(
        self, module: fx.GraphModule, names: tuple[str, ...], states: int, batch: int, dtype: torch.dtype
    ) -> None:
        self.module, self.names, self.states, self.batch, self.dtype = module, names, states, batch, dtype
        self.body = fx.Graph()
        self.inputs: dict[str, list[str]] = {kind: [] for kind in ("p", "state", "mask", "noise", "weight", "product")}
        self.env: dict[Node, Node] = {}
        self.level: dict[Node, int] = {}
        self.weights: list[Node] = []
        self.noises: list[tuple[Any, int]] = []
        self.products: list[tuple[int, int, int | None, Node, Node]] = []

    def split(self) -> Traced:
        """Walk the graph and return its parts."""
        nodes = list(self.module.graph.nodes)
        inputs = [node for node in nodes if node.op == "placeholder"]
        constant = set(inputs[: len(self.names)])
        kinds = ["p", *["state"] * self.states, *["mask"] * len(inputs)]
        # `placeholder` must come first in a graph: the others are inserted before this mark.
        self.first = self.body.output(())
        for node, kind in zip(inputs[len(self.names) :], kinds, strict=False):
            self.env[node] = self.input(kind, node.meta["val"])
        for node in nodes:
            if self.is_constant(node, constant):
                constant.add(node)
            elif node.op == "call_function":
                self.env[node] = self.visit(node, constant)
        (results,) = nodes[-1].args
        new = [self.use(node, constant) for node in results[: self.states]]
        h, bare = results[self.states], list(results[self.states + 1 :])
        output = bare.index(h) if h in bare else None
        return self.finish(new, self.use(h, constant), output)

    def is_constant(self, node: Node, constant: set[Node]) -> bool:
        """Tell whether a node is made of weights alone, and has no row for each row of the batch."""
        if node.op == "get_attr":
            return True
        if node.target is aten.arange.start_step:  # as an identity matrix begins
            return self.batch not in node.meta["val"].shape
        if node.op != "call_function" or is_random(node) or not node.all_input_nodes:
            return False
        value = node.meta.get("val")
        return constant.issuperset(node.all_input_nodes) and self.batch not in getattr(value, "shape", ())

    def input(self, kind: str, value: Tensor) -> Node:
        """Add an input to the body."""
        name = f"{kind}{len(self.inputs[kind])}"
        with self.body.inserting_before(self.first):
            node = self.body.placeholder(name)
        node.meta["val"] = value
        self.inputs[kind].append(name)
        self.level[node] = 0
        return node

    def weight(self, node: Node) -> Node:
        """Add a weight to the body's inputs, in the dtype of all that changes with time."""
        if "val" not in node.meta:
            node.meta["val"] = getattr(self.module, node.target)
        self.weights.append(node)
        return self.input("weight", torch.empty(node.meta["val"].shape, dtype=self.dtype, device="meta"))

    def use(self, node: Node, constant: set[Node]) -> Node:
        """Return a node of the trace in the body; a weight becomes an input when it is first used."""
        if node in constant and node not in self.env:
            self.env[node] = self.weight(node)
        return self.env[node]

    def visit(self, node: Node, constant: set[Node]) -> Node:
        """Copy one operation that changes with time into the body, or split it off as a product."""
        if is_random(node):
            return self.noise(node)
        if node.target in (aten.mm.default, aten.addmm.default):
            return self.product(node, constant)
        copy = self.emit(node.target, *fx.map_arg((node.args, node.kwargs), lambda arg: self.use(arg, constant)))
        value = copy.meta["val"] = node.meta.get("val")
        if isinstance(value, Tensor) and value.is_floating_point() and value.dtype != self.dtype:
            raise Unsuited(f"its step computes in {value.dtype} and in {self.dtype}")
        return copy

    def emit(self, target: Any, args: Any, kwargs: Any = None) -> Node:
        """Add an operation to the body."""
        with self.body.inserting_before(self.first):
            node = self.body.call_function(target, args, kwargs or {})
        self.level[node] = max((self.level[arg] for arg in node.all_input_nodes), default=0)
        return node

    def noise(self, node: Node) -> Node:
        """Make a random tensor an input: it is drawn outside, for all steps, in the loop's order."""
        draw = {aten.rand_like.default: torch.rand, aten.randn_like.default: torch.randn}.get(node.target)
        value = node.meta["val"]
        if draw is None or value.dim() != 2 or value.shape[0] != self.batch:
            raise Unsuited(f"its step draws random numbers by `{node.target}`")
        self.noises.append((draw, value.shape[1]))
        return self.input("noise", value)

    def product(self, node: Node, constant: set[Node]) -> Node:
        """Split off `operand @ weight (+ bias)`; its result becomes an input of what comes after it."""
        *added, operand, weight = node.args
        if weight not in constant or set(node.kwargs.values()) - {1}:
            raise Unsuited("its step multiplies by a matrix that changes with time")
        folded = added[0] if added and added[0] in constant and added[0].meta["val"].dim() == 1 else None
        places = self.place(weight), None if folded is None else self.place(folded)
        operand = self.use(operand, constant)
        value = node.meta["val"]
        result = self.input("product", value)
        self.level[result] = self.level[operand] + 1
        self.products.append((self.level[result], *places, operand, result))
        if added and folded is None:
            result = self.emit(aten.add.Tensor, (self.use(added[0], constant), result))
            result.meta["val"] = value
        return result

    def place(self, node: Node) -> int:
        """Return the place of a weight among the weights, adding it if need be; it need not be a body's input."""
        if node not in self.weights:
            self.env[node] = self.weight(node)
        return self.weights.index(node)

    def finish(self, new: list[Node], h: Node, output: int | None) -> Traced:
        """Put the parts together."""
        order = sorted(range(len(self.products)), key=lambda i: self.products[i][0])
        products, operands = [], []
        for level, weight, bias, operand, _ in (self.products[i] for i in order):
            states = self.inputs["state"]
            held = states.index(operand.name) if operand.name in states else None
            products.append(Product(level, weight, bias, held, self.source(self.weights[weight])))
            operands.append(operand)
        # A product is known by its place from here on, not by where the step came upon it.
        for place, i in enumerate(order):
            result = self.products[i][-1]
            result.name = result.target = f"product{place}"
        self.first.args = ((*operands, h, *new),)
        return Traced(
            self.names,
            self.preparation(),
            tuple(products),
            self.body,
            self.inputs,
            tuple(self.noises),
            output,
            self.batch,
            self.dtype,
        )

    def source(self, node: Node) -> str | None:
        """Return the name of the tensor that a product's weight is, transposed, if it is used for nothing else."""
        inputs = list(self.module.graph.nodes)[: len(self.names)]
        turned = node.target in (aten.t.default, aten.transpose.int, aten.permute.default)
        if not turned or node.args[0] not in inputs or len(node.args[0].users) > 1:
            return None
        uses = {user.target for user in node.users} <= {aten.mm.default, aten.addmm.default}
        return self.names[inputs.index(node.args[0])] if uses else None

    def preparation(self) -> fx.GraphModule:
        """Return what makes the step's weights of the cell's tensors."""
        graph = fx.Graph()
        wanted, copied = ancestors(self.weights), dict[Node, Node]()
        for place, node in enumerate(self.module.graph.nodes):
            if place < len(self.names):
                copied[node] = graph.placeholder(node.name)
            elif node in wanted:
                copied[node] = graph.node_copy(node, copied.__getitem__)
                # It was traced on a CPU, and runs where the weights are.
                copied[node].kwargs = {key: value for key, value in node.kwargs.items() if key != "device"}
        graph.output(tuple(copied[node] for node in self.weights))
        return fx.GraphModule(self.module, graph)


def ancestors(nodes: Sequence[Node]) -> set[Node]:
    """Return the nodes and all that they are made of."""
    found: set[Node] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.all_input_nodes
    return found


def is_random(node: Node) -> bool:
    """Tell whether an operation draws random numbers."""
    return torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ())
