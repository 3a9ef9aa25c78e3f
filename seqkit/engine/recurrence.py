"""The loop over time around compiled kernels: one autograd function for all steps."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from seqkit.engine.int8 import Int8Weight
from seqkit.engine.kernel import Program
from seqkit.engine.target import Kernel
from seqkit.engine.walk import Act, Place, Product, view


class Tape:
    """The tensors of a run by name, and how each moves on with time.

    Args:
        program: what runs; it knows the columns of every tensor.
        steps: number of steps T.
        like: a tensor that gives the dtype; its axis 1 is the batch.
    """

    def __init__(self, program: Program, steps: int, like: Tensor) -> None:
        self.program, self.steps, self.rows, self.like = program, steps, like.shape[1], like
        self.places: dict[str, Place] = {}

    def width(self, name: str) -> int:
        """Return the columns of a tensor; a gradient has those of what it is the gradient of."""
        return self.program.widths[name.removeprefix("d_")]

    def series(self, name: str, tensor: Tensor, first: int = 0) -> None:
        """Know a tensor (T', …) by name: step t is `tensor[first + t]`."""
        start = tensor[first:]
        self.places[name] = (start, start, tensor.stride(0) * tensor.element_size())

    def new_series(self, name: str) -> Tensor:
        """Make a tensor (T, B, ·)."""
        tensor = self.like.new_empty(self.steps, self.rows, self.width(name))
        self.series(name, tensor)
        return tensor

    def fixed(self, name: str, tensor: Tensor | None = None) -> Tensor:
        """Know a tensor that is the same at all steps, or make one that each step may use anew."""
        tensor = self.like.new_empty(self.rows, self.width(name)) if tensor is None else tensor
        self.places[name] = (tensor, tensor, 0)
        return tensor

    def turns(self, name: str, even: Tensor, odd: Tensor) -> None:
        """Know two tensors that take turns."""
        self.places[name] = (even, odd, 0)

    def bind(self, kernel: Kernel) -> Act:
        """Return a kernel as a function of the step's number."""
        return self.program.target.bind(kernel, self.places, self.rows)

    def product(
        self, operand: str, matrix: Tensor, result: str, bias: Tensor | None = None, added: bool = False
    ) -> Act:
        """Return a product of two tensors by name as a function of the step's number."""
        if isinstance(matrix, Int8Weight):
            return int8_product(self.places[operand], matrix, self.places[result], bias)
        return Product(self.places[operand], matrix, self.places[result], bias, added)


class Recurrence(torch.autograd.Function):
    """A whole sequence of one cell: `apply(program, mask, noises, p, *states, *weights)` gives h and the final states.

    Args of `apply`:
        program: the cell's step, traced and compiled.
        mask: true at real tokens, (T, B), or None.
        noises: random numbers of every step, (T, B, ·) each.
        p: projected input (T, B, P).
        states: the state before the first step, (B, ·) each.
        weights: what the step's weights come to.
    """

    @staticmethod
    def forward(ctx: Any, program: Program, mask: Tensor | None, noises: Sequence[Tensor], *tensors: Tensor) -> Any:
        """Run all steps: h (T, B, H) and the final states (B, ·)."""
        count = len(program.traced.inputs["state"])
        p, states, weights = tensors[0], tensors[1 : 1 + count], tensors[1 + count :]
        train = program.train and any(ctx.needs_input_grad)
        tape = Tape(program, p.shape[0], p)
        kept: dict[str, Tensor] = {}
        tape.series("p0", p)
        inputs(tape, mask, noises, weights)
        histories = [history(tape, j, state, train or j == program.traced.output) for j, state in enumerate(states)]
        if program.traced.output is None:
            kept["h"] = tape.new_series("h")
        for stage in program.stages:
            made = [name for name in (stage.forward.writes if stage.forward else ()) if name in stage.saves]
            for name in made:
                kept[name] = tape.new_series(name)
        steps = forward_steps(tape, program, weights, kept, train)
        program.target.walk(steps, range(p.shape[0]))
        finals = [
            history[p.shape[0] if len(history) > 2 or p.shape[0] < 2 else p.shape[0] & 1] for history in histories
        ]
        output = program.traced.output
        y = kept.pop("h") if output is None else histories[output][1:]
        if train:
            kept |= {f"state{j}": history for j, history in enumerate(histories)}
            ctx.program, ctx.names, ctx.masked, ctx.noises = program, list(kept), mask is not None, len(noises)
            ctx.save_for_backward(p, *weights, *([] if mask is None else [mask]), *noises, *kept.values())
        return y, *(final.clone() for final in finals)

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> Any:
        """Run all steps backwards: gradients of p, the first states and the weights."""
        return None, None, None, *Backward.apply(ctx, len(outer), *outer, *ctx.saved_tensors)


class Backward(torch.autograd.Function):
    """The way back of `Recurrence`; it stands by itself so that its own gradient can be refused by name."""

    @staticmethod
    def forward(_: Any, ctx: Any, count: int, *tensors: Tensor) -> Any:
        """Return the gradients of p, the first states and the weights."""
        (dy, *dfinals), (p, *saved) = tensors[:count], tensors[count:]
        program, names = ctx.program, ctx.names
        count = len(program.traced.inputs["weight"])
        weights, saved = saved[:count], saved[count:]
        mask, saved = (saved[0], saved[1:]) if ctx.masked else (None, saved)
        noises, kept = saved[: ctx.noises], dict(zip(names, saved[ctx.noises :], strict=True))
        tape = Tape(program, p.shape[0], p)
        tape.series("p0", p)
        inputs(tape, mask, noises, weights)
        for name, tensor in kept.items():
            tape.series(name, tensor)
        tape.series("d_h", dy.contiguous())
        gradients = Gradients(tape, kept, weights, dfinals)
        program.target.walk(gradients.steps, range(p.shape[0] - 1, -1, -1))
        return tuple(gradients.results(ctx.needs_input_grad[3:]))

    @staticmethod
    def backward(_: Any, *__: Any) -> Any:
        """Refuse."""
        raise RuntimeError("plan 'compiled' cannot be differentiated twice. Use plan='loop' for that.")


def inputs(tape: Tape, mask: Tensor | None, noises: Sequence[Tensor], weights: Sequence[Tensor]) -> None:
    """Let a tape know what kernels only read."""
    if mask is not None:
        tape.series("mask0", mask)
    for i, noise in enumerate(noises):
        tape.series(f"noise{i}", noise)
    for i, weight in enumerate(weights):
        if weight.dim() < 2 or weight.shape[0] == 1:
            tape.fixed(f"weight{i}", weight.contiguous())
    if tape.program.target.fuses:
        for product in tape.program.traced.products:
            tape.fixed(f"matrix{product.weight}", weights[product.weight])


def history(tape: Tape, index: int, state: Tensor, whole: bool) -> Tensor:
    """Make room for a state: of every step, (T + 1, B, ·), or two places that take turns; the first is filled."""
    rows = tape.steps + 1 if whole else 2
    made = state.new_empty(rows, *state.shape)
    made[0] = state
    if whole:
        tape.series(f"state{index}", made)
        tape.series(f"new{index}", made, 1)
    else:
        tape.turns(f"state{index}", made[0], made[1])
        tape.turns(f"new{index}", made[1], made[0])
    return made


def forward_steps(
    tape: Tape, program: Program, weights: Sequence[Tensor], kept: dict[str, Tensor], train: bool
) -> list[Act]:
    """Return what one step does, in order: products and kernels by turns."""
    needed = {name for stage in program.stages if stage.backward for name in stage.backward.reads} if train else set()
    steps: list[Act] = []

    def room(name: str, keep: bool) -> None:
        if keep:
            kept[name] = tape.new_series(name)
        else:
            tape.fixed(name)

    for level, stage in enumerate(program.stages):
        fused = stage.forward.multiplied if stage.forward else frozenset()
        for i in fused:
            if f"product{i}" in stage.forward.writes:  # type: ignore[union-attr]
                room(f"product{i}", f"product{i}" in needed)
        for i, product in enumerate(program.traced.products):
            if product.level == level and i not in fused:
                room(f"product{i}", f"product{i}" in needed)
                operand = f"operand{i}" if product.operand is None else f"state{product.operand}"
                bias = None if product.bias is None else weights[product.bias]
                steps.append(tape.product(operand, weights[product.weight], f"product{i}", bias))
        for name in stage.outputs:
            if name.startswith("operand"):
                room(name, train)
        if stage.forward is not None:
            steps.append(tape.bind(stage.forward))
    return steps


def int8_product(operand: Place, weight: Int8Weight, result: Place, bias: Tensor | None) -> Act:
    """Return a product with a weight in 8 bits as a function of the step's number."""
    operands, results = view(operand), view(result)
    steps = min((len(place[0]) for place in (operand, result) if place[0].dim() == 3), default=2)
    calls = [weight.bound(operands(t), bias, results(t)) for t in range(steps)]
    return lambda t: calls[t % steps]()


class Gradients:
    """The way back: what each step does, and what comes of it.

    Args:
        tape: it knows what the kernels read.
        kept: what the way there has kept, by name.
        weights: the step's weights.
        finals: gradients of the final states.
    """

    def __init__(
        self, tape: Tape, kept: dict[str, Tensor], weights: Sequence[Tensor], finals: Sequence[Tensor]
    ) -> None:
        self.tape, self.program, self.kept, self.weights = tape, tape.program, kept, weights
        self.made: dict[str, Tensor] = {}
        # Two places for the gradient of a state: that of the new one is read, that of the old one written.
        self.states = [
            (torch.zeros_like(final), final.clone(memory_format=torch.contiguous_format)) for final in finals
        ]
        last = tape.steps & 1
        for j, (zero, final) in enumerate(self.states):
            even, odd = (zero, final) if last else (final, zero)
            self.states[j] = (even, odd)
            tape.turns(f"d_state{j}", even, odd)
            tape.turns(f"d_new{j}", odd, even)
        self.kernels = [stage.backward for stage in self.program.stages]
        self.fused = {i for kernel in self.kernels if kernel for i in kernel.multiplied}
        for kernel in self.kernels:
            for name in kernel.writes if kernel else ():
                self.room(name)
        self.steps = self.plan()

    def plan(self) -> list[Act]:
        """Return what one step back does, in order: the last stage first, and after each the products before it."""
        steps: list[Act] = []
        begun: set[str] = set()
        for level, kernel in reversed(list(enumerate(self.kernels))):
            if kernel is not None:
                begun |= set(kernel.writes)
                steps.append(self.tape.bind(kernel))
            for i, product in enumerate(self.program.traced.products):
                if product.level == level and i not in self.fused:
                    steps.append(self.product(i, begun))
        missing = [j for j in range(len(self.states)) if f"d_state{j}" not in begun]
        return [self.clear(missing), *steps] if missing else steps

    def room(self, name: str) -> None:
        """Make room for a gradient that kernels write."""
        if name in self.made or name in self.tape.places:
            return
        like, steps, width = self.tape.like, self.tape.steps, self.tape.width(name)
        if name.startswith("d_weight"):
            # A row for each step, added up at the end: a sum of many small numbers is more exact in parts.
            dtype = torch.promote_types(like.dtype, torch.float32)
            self.made[name] = like.new_zeros(steps, width, dtype=dtype)
        elif f"next_{name}" in {name for kernel in self.kernels if kernel for name in kernel.reads}:
            # Behind the last step there is one of zeros, of which the last step makes use.
            longer = like.new_empty(steps + 1, self.tape.rows, width)
            longer[steps] = 0
            self.tape.series(f"next_{name}", longer, 1)
            self.made[name] = longer[:steps]
        else:
            self.made[name] = like.new_empty(steps, self.tape.rows, width)
        self.tape.series(name, self.made[name])

    def clear(self, missing: list[int]) -> Act:
        """Return what empties the places of gradients that no kernel writes."""
        return lambda t: [self.states[j][t & 1].zero_() for j in missing]

    def product(self, index: int, begun: set[str]) -> Act:
        """Return the step back through a product, to its operand."""
        product = self.program.traced.products[index]
        back = self.weights[product.weight].t()
        if product.operand is None:
            self.tape.fixed(f"d_operand{index}")
            return self.tape.product(self.name(index), back, f"d_operand{index}")
        name = f"d_state{product.operand}"
        added = name in begun
        begun.add(name)
        return self.tape.product(self.name(index), back, name, added=added)

    def reach_start(self, index: int) -> None:
        """Add to a first state's gradient what the first step's product gives back: no step before it does."""
        product = self.program.traced.products[index]
        if product.operand is not None:
            even, _ = self.states[product.operand]
            even.addmm_(self.gradient(index)[0], self.weights[product.weight].t())

    def gradient(self, index: int) -> Tensor:
        """Return the gradient of a product's results, (T, B, G)."""
        return self.made[self.name(index)]

    def name(self, index: int) -> str:
        """Return the name of the gradient of a product's results."""
        name = f"product{index}"
        return f"d_{self.program.same.get(name, name)}"

    def results(self, needed: Sequence[bool]) -> list[Tensor | None]:
        """Return the gradients of p, the first states and the weights; a product's weight's in one product."""
        traced = self.program.traced
        for i in self.fused:
            self.reach_start(i)
        found: list[Tensor | None] = [self.made.get("d_p0"), *(even for even, _ in self.states)]
        totals: list[Tensor | None] = [
            None if (made := self.made.get(f"d_weight{i}")) is None else made.sum(0).reshape(weight.shape)
            for i, weight in enumerate(self.weights)
        ]
        for i, product in enumerate(traced.products):
            gradient = self.gradient(i).flatten(0, 1)  # (T*B, G)
            operand = self.kept[f"operand{i}"] if product.operand is None else self.kept[f"state{product.operand}"]
            if needed[len(found) + product.weight]:
                operand = operand[: self.tape.steps].flatten(0, 1)  # (T*B, K)
                add(totals, product.weight, (gradient.t() @ operand).t())
            if product.bias is not None:
                add(totals, product.bias, gradient.sum(0))
        return [*found, *totals]


def add(totals: list[Tensor | None], place: int, gradient: Tensor) -> None:
    """Add a gradient to what has been found for a weight so far."""
    before = totals[place]
    totals[place] = gradient if before is None else before + gradient
