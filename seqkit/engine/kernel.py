"""Kernels for a traced step: for each stage one that runs it, and one for its vector-Jacobian product."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, fx

from seqkit.engine.columns import Output
from seqkit.engine.cpp import CPP
from seqkit.engine.operations import COSTLY, REDUCTIONS
from seqkit.engine.target import Kernel, Request, Sum, Target, Term
from seqkit.engine.trace import Node, Traced, ancestors, graph_of


@dataclass
class Stage:
    """What stands between two levels of products.

    Args:
        graph: its operations; outputs as in `outputs`.
        reads: the inputs that it uses.
        outputs: names of what it makes: `operand0`, …, of the next products; in the last stage `new0`, …, and `h`.
        forward: the kernel; None if the operands are states.
        backward: the kernel that adds up the gradients of all that it reads; None if none are wanted.
        saves: what `forward` keeps for `backward`, with their columns.
    """

    graph: fx.Graph
    reads: list[Node]
    outputs: dict[str, Node]
    forward: Kernel | None = None
    backward: Kernel | None = None
    saves: dict[str, int] = field(default_factory=dict)


@dataclass
class Program:
    """A traced step with its kernels, ready to run for any number of rows and steps.

    Args:
        traced: the step.
        stages: its stages, the first one first; their number is the products' highest level plus one.
        same: gradients that are one tensor under two names: `{"product0": "p0"}`.
        widths: columns of every tensor, by name.
        train: whether it can go back.
        target: what its kernels are written in.
    """

    traced: Traced
    stages: list[Stage]
    same: dict[str, str]
    widths: dict[str, int]
    train: bool
    target: Target


def write_step(traced: Traced, train: bool, target: Target = CPP) -> Program:
    """Write the kernels of a step; `link` makes them run.

    Args:
        traced: the step.
        train: whether gradients are wanted.
        target: what to write them in.

    Raises:
        Unsuited: if the step uses what no kernel can be written for.
    """
    last = max((product.level for product in traced.products), default=0)
    made = [stage_of(traced, level, last) for level in range(last + 1)]
    same: dict[str, str] = {}
    if train:
        written: set[str] = set()
        alone = sum(bool(stage.outputs) for stage in made) == 1
        for level in reversed(range(last + 1)):
            if made[level].outputs:
                differentiate(traced, made[level], level, written, same if alone else None, target)
    for level, stage in enumerate(made):
        if stage.outputs:
            stage.forward = forward_kernel(traced, made, level, target)
    widths = {node.name: columns(node) for node in traced.body.nodes if node.op == "placeholder"}
    widths |= {name: columns(node) for stage in made for name, node in stage.outputs.items()}
    widths |= {name: width for stage in made for name, width in stage.saves.items()}
    return Program(traced, made, same, widths, train, target)


def columns(node: Node) -> int:
    """Return the size of a node's last axis, 1 for a scalar or for one value a row."""
    shape = node.meta["val"].shape
    return shape[-1] if len(shape) > 1 else max(shape.numel(), 1) if node.name.startswith("weight") else 1


def link(program: Program) -> None:
    """Compile a program's kernels.

    Raises:
        BuildError: if the compiler is missing or fails.
    """
    kernels = [k for stage in program.stages for k in (stage.forward, stage.backward) if k is not None]
    program.target.link(kernels, program.traced.dtype)


def stage_of(traced: Traced, level: int, last: int) -> Stage:
    """Cut one stage out of a step: what makes the operands of the next products, or the new states and h."""
    results = next(node for node in reversed(traced.body.nodes) if node.op == "output").args[0]
    count = len(traced.products)
    if level < last:
        wanted = {
            f"operand{i}": results[i]
            for i, product in enumerate(traced.products)
            if product.level == level + 1 and product.operand is None
        }
    else:
        wanted = {f"new{j}": node for j, node in enumerate(results[count + 1 :])}
        if traced.output is None:
            wanted["h"] = results[count]
    used = ancestors(list(wanted.values()))
    graph, copies = fx.Graph(), dict[Node, Node]()
    for node in traced.body.nodes:
        if node in used:
            copies[node] = graph.node_copy(node, copies.__getitem__)
    graph.output(tuple(copies[node] for node in wanted.values()))
    reads = [node for node in graph.nodes if node.op == "placeholder"]
    return Stage(graph, reads, {name: copies[node] for name, node in wanted.items()})


def forward_kernel(traced: Traced, stages: list[Stage], level: int, target: Target) -> Kernel:
    """Write the kernel that runs a stage, and keeps what the way back and later stages need."""
    stage = stages[level]
    costly = costly_nodes(stage.graph)
    outputs = {**stage.outputs, **{name: costly[int(name.rpartition("_")[2])] for name in stage.saves}}
    sums = products_before(traced, stage, level) if fusible(stage.graph.nodes, target) else {}
    later = {name for other in stages for name in (other.backward.reads if other.backward else ())}
    later |= {node.name for other in stages[level + 1 :] for node in other.reads}
    outputs |= {node.name: node for node in stage.reads if node.name in sums and node.name in later}
    written = {name: Output(node) for name, node in outputs.items()}
    return target.write(Request(f"forward{level}", stage.reads, written, traced.batch, sums), traced.dtype)


def fusible(nodes: Iterable[Node], target: Target) -> bool:
    """Tell whether a kernel may compute products too: not where it needs whole rows, of which it has parts only."""
    return target.fuses and not any(node.target in REDUCTIONS for node in nodes)


def products_before(traced: Traced, stage: Stage, level: int) -> dict[str, Sum]:
    """Return the products of which a stage is the first to make use, by the name of the input that each is."""
    sums = {}
    for i, product in enumerate(traced.products):
        if product.level == level and f"product{i}" in {node.name for node in stage.reads}:
            left = f"operand{i}" if product.operand is None else f"state{product.operand}"
            term = Term(i, left, traced.shape(product)[0], f"matrix{product.weight}", turned=False)
            sums[f"product{i}"] = Sum((term,), None if product.bias is None else f"weight{product.bias}")
    return sums


def products_behind(traced: Traced, reads: Iterable[str], same: dict[str, str]) -> dict[str, Sum]:
    """Return the gradients that come back through products into the outputs of a stage, by name.

    What a state gave to products comes back from the step after this one.
    """
    sums: dict[str, Sum] = {}
    for i, product in enumerate(traced.products):
        name = f"d_operand{i}" if product.operand is None else f"d_new{product.operand}"
        if name in reads:
            gradient = f"d_{same.get(f'product{i}', f'product{i}')}"
            left = gradient if product.operand is None else f"next_{gradient}"
            term = Term(i, left, traced.shape(product)[1], f"matrix{product.weight}", turned=True)
            before = sums[name].terms if name in sums else ()
            sums[name] = Sum((*before, term), read=product.operand is not None)
    return sums


def costly_nodes(graph: fx.Graph) -> list[Node]:
    """Return the values that are better kept for the way back than worked out again, in order."""
    return [node for node in graph.nodes if node.target in COSTLY or node.target in REDUCTIONS]


def differentiate(
    traced: Traced, stage: Stage, level: int, written: set[str], same: dict[str, str] | None, target: Target
) -> None:
    """Write the kernel of a stage's vector-Jacobian product.

    Args:
        traced: the step.
        stage: the stage; what its forward kernel must keep is noted in it.
        level: the stage's number.
        written: gradients that later stages have begun to add up, for which this one must go on.
        same: notes gradients that are one tensor under two names; None if this may not be.
        target: what to write it in.
    """
    differentiable = [
        node for node in stage.reads if node.name.rstrip("0123456789") in ("p", "state", "weight", "product")
    ]
    module = trace_pull(traced, stage, differentiable)
    nodes = list(module.graph.nodes)
    names = [*(node.name for node in stage.reads), *(f"d_{name}" for name in cotangents(traced, stage))]
    for node, name in zip(nodes, names, strict=False):
        node.name = name
    replace_costly(stage, level, module)
    module.graph.eliminate_dead_code()
    reads = [node for node in module.graph.nodes if node.op == "placeholder" and node.users]
    gradients = next(node for node in module.graph.nodes if node.op == "output").args[0]
    outputs: dict[str, Output] = {}
    for source, gradient in zip(differentiable, gradients, strict=True):
        twin = next((name for name, output in outputs.items() if output.node is gradient), None)
        if same is not None and twin is not None and twin == "d_p0" and source.name.startswith("product"):
            same[source.name] = "p0"
            continue
        summed = source.name.startswith("weight")
        outputs[f"d_{source.name}"] = Output(gradient, summed or source.name in written, summed)
        written.add(source.name)
    names = [node.name for node in reads]
    sums = products_behind(traced, names, same or {}) if fusible(module.graph.nodes, target) else {}
    request = Request(f"backward{level}", reads, outputs, traced.batch, sums, down=True)
    stage.backward = target.write(request, traced.dtype)


def cotangents(traced: Traced, stage: Stage) -> list[str]:
    """Return the names of what comes back into a stage: gradients of its outputs."""
    names = list(stage.outputs)
    # Where h is a new state, the gradients of both meet in the kernel.
    return [*names, "h"] if "new0" in names and traced.output is not None else names


def trace_pull(traced: Traced, stage: Stage, differentiable: list[Node]) -> fx.GraphModule:
    """Trace a stage's vector-Jacobian product: of its inputs and cotangents to the gradients of some inputs."""
    module = fx.GraphModule(torch.nn.Module(), stage.graph)
    places = [stage.reads.index(node) for node in differentiable]
    names = cotangents(traced, stage)

    def widened(node: Node, value: Tensor) -> Tensor:
        # A row of its own for each row of the batch: its gradient is then pointwise, and is added up over the rows.
        return value.reshape(1, -1).expand(traced.batch, -1) if node.name.startswith("weight") else value

    def pull(*tensors: Tensor) -> tuple[Tensor, ...]:
        values, back = list(tensors[: len(stage.reads)]), dict(zip(names, tensors[len(stage.reads) :], strict=True))
        wide = [widened(node, value) for node, value in zip(stage.reads, values, strict=True)]

        def run(*some: Tensor) -> tuple[Tensor, ...]:
            given = list(wide)
            for place, value in zip(places, some, strict=True):
                given[place] = value
            return module(*given)

        if len(names) > len(stage.outputs):
            back[f"new{traced.output}"] = back[f"new{traced.output}"] + back["h"]
        return torch.func.vjp(run, *(wide[place] for place in places))[1](tuple(back[name] for name in stage.outputs))

    shapes = [*(node.meta["val"] for node in stage.reads), *(output_of(traced, stage, name) for name in names)]
    return graph_of(pull, [torch.ones(value.shape, dtype=value.dtype) for value in shapes], prune=False)


def output_of(traced: Traced, stage: Stage, name: str) -> Any:
    """Return the value of a stage's output in the trace."""
    if name == "h" and "h" not in stage.outputs:
        name = f"new{traced.output}"
    return stage.outputs[name].meta["val"]


def replace_costly(stage: Stage, level: int, module: fx.GraphModule) -> None:
    """Make the costly values of the way there inputs of the way back, where it needs them."""
    there, back = costly_nodes(stage.graph), costly_nodes(module.graph)
    first = next(node for node in module.graph.nodes if node.op != "placeholder")
    # The trace runs the stage first: its costly values come first, in their order.
    for index, (original, node) in enumerate(zip(there, back, strict=False)):
        assert original.target is node.target, "the stage is traced before its gradients"
        name = f"save{level}_{index}"
        with module.graph.inserting_before(first):
            kept = module.graph.placeholder(name)
        kept.name, kept.meta["val"] = name, node.meta["val"]
        node.replace_all_uses_with(kept)
    module.graph.eliminate_dead_code()
    for index, original in enumerate(there):
        name = f"save{level}_{index}"
        if any(node.name == name and node.users for node in module.graph.nodes):
            stage.saves[name] = columns(original)
