"""The plan `compiled`: any cell, traced once, its equations written anew as kernels for the machine at hand.

The author of a cell writes plain equations and knows nothing of it. On a CPU the products are library calls and all
the rest is a kernel in C++; on a GPU a kernel in Triton has the products in it too. The first call takes a second or
two for the compiler; later calls, and later processes, find the kernel ready.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from seqkit.cells.base import Cell, State
from seqkit.engine.build import BuildError
from seqkit.engine.cpp import CPP
from seqkit.engine.gpu import TRITON, interpreted
from seqkit.engine.held import holding, tensors_of
from seqkit.engine.int8 import Int8Weight, int8_weights
from seqkit.engine.kernel import Program, link, write_step
from seqkit.engine.loop import loop
from seqkit.engine.recurrence import Recurrence
from seqkit.engine.target import Target
from seqkit.engine.trace import Traced, Unsuited, trace
from seqkit.engine.tracing import tracing
from seqkit.engine.zoneout import zoned, zoned_by_input
from seqkit.errors import ConfigError

TOKENS = {True: 512, False: 8192}
"""From how many places of a batch (B * T) on `auto` compiles: in training, and in inference."""

SHORTEST = 4
"""From how many steps on: below it there is no loop to speed up."""

RULE = f"compiled where a batch has {TOKENS[True]:,} tokens or more ({TOKENS[False]:,} in inference), else a loop"


@dataclass
class Ready:
    """What is known of a cell in one setting.

    Args:
        program: the traced step with its kernels; None if it cannot run.
        swaps: whether `project` may be given time first.
        obstacle: why it cannot run.
        linked: whether the kernels are compiled.
    """

    program: Program | None
    swaps: bool = False
    obstacle: str = ""
    linked: bool = False

    def required(self) -> Program:
        """Return the program.

        Raises:
            Unsuited: if there is none.
        """
        if self.program is None:
            raise Unsuited(self.obstacle)
        return self.program


_known: WeakKeyDictionary[Cell, dict[Any, Ready]] = WeakKeyDictionary()


def compiled(
    cell: Cell,
    x: Tensor,
    state: State,
    mask: Tensor | None,
    zoneout: float = 0.0,
    kept: Sequence[Tensor] = (),
    strict: bool = True,
) -> tuple[Tensor, State]:
    """Run a cell over time in compiled kernels; arguments and results are those of `loop`.

    Gradients are equal to the loop's too, but cannot be differentiated once more. Where this plan cannot run, the loop
    does, unless the plan is `strict`.

    Raises:
        ConfigError: if this plan cannot run, and must.
    """
    try:
        return in_kernels(cell, x, state, mask, zoneout, kept)
    except Unsuited as error:
        if strict:
            raise ConfigError(f"plan 'compiled' cannot run: {error}. Use 'auto' or 'loop'.") from error
    return loop(cell, x, state, mask, zoneout, kept)


def in_kernels(
    cell: Cell, x: Tensor, state: State, mask: Tensor | None, zoneout: float, kept: Sequence[Tensor]
) -> tuple[Tensor, State]:
    """Run a cell over time in compiled kernels.

    Raises:
        Unsuited: if the cell's step does what this plan cannot, or the compiler is missing or fails.
    """
    if (reason := hindrance(cell, x, state)) is not None:
        raise Unsuited(reason)
    ready = prepare(cell, state, mask is not None, zoneout, learns(cell, x, state), link_it=True)
    program = ready.required()
    if ready.swaps:
        p = cell.project(x.transpose(0, 1).contiguous()).contiguous()  # (T, B, P)
    else:
        p = cell.project(x).transpose(0, 1).contiguous()
    # Autocast has chosen the precision by now: what `project` gives is what the steps are computed from.
    with torch.autocast(x.device.type, enabled=False):
        if kept:
            p = torch.cat([p, *(k.transpose(0, 1).to(p.dtype) for k in kept)], -1)
        traced = program.traced
        time_mask = None if mask is None else mask.t().contiguous()
        noises = draw(traced.noises, p)
        state = tuple(tensor.to(p.dtype) for tensor in state)
        y, *final = Recurrence.apply(program, time_mask, noises, p, *state, *weights_of(cell, traced, p))
    return y.transpose(0, 1), tuple(final)


def target_of(cell: Cell, device: torch.device) -> Target:
    """Return what a cell's kernels are written in on a device."""
    # The products of weights in 8 bits are those of the CPU.
    return TRITON if device.type == "cuda" or (interpreted() and not int8_weights(cell)) else CPP


def learns(cell: Cell, x: Tensor, state: State) -> bool:
    """Tell whether gradients are wanted."""
    return torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (x, *state, *cell.parameters()))


def weights_of(cell: Cell, traced: Traced, like: Tensor) -> list[Tensor]:
    """Return what a cell's tensors come to in its step, as numbers like those of a tensor.

    A weight in 8 bits that is only multiplied stays one.
    """
    tensors, rounded = tensors_of(cell), {}
    for product in traced.products:
        if product.source is not None and isinstance(weight := tensors[product.source], Int8Weight):
            rounded[product.weight] = weight
            # Nobody looks at what becomes of it: it need not be worked out.
            tensors[product.source] = torch.empty(weight.shape, device="meta")
    with like.device:
        weights = traced.prepare(*(tensors[name] for name in traced.names))
    return [rounded[place] if place in rounded else weight.to(like) for place, weight in enumerate(weights)]


def draw(noises: tuple[tuple[Callable[..., Tensor], int], ...], p: Tensor) -> list[Tensor]:
    """Draw the random numbers of all steps, (T, B, ·) each, in the order in which the loop draws them."""
    steps = [
        [make(p.shape[1], width, dtype=p.dtype, device=p.device) for make, width in noises] for _ in range(p.shape[0])
    ]
    return [torch.stack(series) for series in zip(*steps, strict=True)]


def prepare(cell: Cell, state: State, masked: bool, zoneout: float, train: bool, link_it: bool) -> Ready:
    """Trace a cell, and compile it if asked, once for each setting.

    Args:
        cell: the recurrence.
        state: a state of it, of any batch size.
        masked: whether rows may be masked.
        zoneout: probability that a unit of the state keeps its old value.
        train: whether gradients are wanted.
        link_it: whether the kernels are needed now; without it they are only written.
    """
    like, target = state[0], target_of(cell, state[0].device)
    settings = (target, masked, zoneout, train, like.dtype, tuple(s.shape[1:] for s in state), *features(cell))
    known = _known.setdefault(cell, {})
    if settings not in known:
        known[settings] = attempt(cell, state, masked, zoneout, train, target)
    ready = known[settings]
    if link_it and ready.program is not None and not ready.linked:
        try:
            link(ready.program)
            ready.linked = True
        except BuildError as error:
            known[settings] = ready = Ready(None, obstacle=str(error))
    return ready


def features(cell: Cell) -> list[Any]:
    """Return what a trace takes as given: plain attributes of a cell and its parts, and the names of its tensors."""
    parts = [value for part in cell.modules() for value in vars(part).items()]
    return [*((name, value) for name, value in parts if isinstance(value, bool | int | float | str)), *tensors_of(cell)]


def attempt(cell: Cell, state: State, masked: bool, zoneout: float, train: bool, target: Target) -> Ready:
    """Trace a cell and write its kernels; or tell why not."""
    keeps = bool(zoneout) and cell.training
    step = zoned_by_input(cell.step) if keeps else zoned(cell.step, zoneout) if zoneout else cell.step
    like = state[0]
    # Nothing that is tried here may move the random numbers of the run; and inference mode knows no tracing.
    apart = (
        torch.random.fork_rng(devices=[]),
        torch.inference_mode(False),
        torch.autocast(like.device.type, enabled=False),
    )
    try:
        with apart[0], apart[1], apart[2], torch.no_grad():
            x = torch.zeros(2, 3, cell.input_size, dtype=like.dtype, device=like.device)
            p = cell.project(x)[:, 0]
            if {tensor.dtype for tensor in (p, *state)} != {like.dtype} or p.dim() != 2:
                raise Unsuited(f"its projected input is {p.dtype} of {p.dim() + 1} axes, its state {like.dtype}")
            p = torch.cat([p, *(p.new_zeros(2, t.shape[1]) for t in state)], 1) if keeps else p
            program = write_step(trace(cell, step, p, state, masked), train, target)
            return Ready(program, swaps(cell, x))
    except Unsuited as error:
        return Ready(None, obstacle=str(error))
    except Exception as error:  # a cell may do anything; the loop runs it and raises what is the cell's own fault
        return Ready(None, obstacle=f"its step cannot be traced ({type(error).__name__}: {str(error)[:200]})")


def swaps(cell: Cell, x: Tensor) -> bool:
    """Tell whether `project` treats every place alike, so that time may come first without a copy.

    It is tried with random weights: those of a fresh cell may be zero where they would show it.
    """
    numbers = torch.Generator().manual_seed(0)
    weights = {name: tensor for name, tensor in tensors_of(cell).items() if tensor.is_floating_point()}
    noise = {name: torch.rand(tensor.shape, generator=numbers).to(tensor) for name, tensor in weights.items()}
    x = torch.rand(x.shape, generator=numbers).to(x)
    with holding(cell, noise):
        try:
            return torch.allclose(cell.project(x), cell.project(x.transpose(0, 1)).transpose(0, 1), 1e-4, 1e-5)
        except Exception:  # whatever it is, time must not come first
            return False


def uncompilable(cell: Cell, zoneout: float = 0.0) -> str | None:
    """Tell why a cell can never run compiled; None if it can."""
    state = cell.init_state(2)
    if (reason := target_of(cell, state[0].device).obstacle(state[0])) is not None:
        return reason
    ready = prepare(cell, state, False, zoneout, True, link_it=False)
    return ready.obstacle or None


def runs(x: Tensor) -> bool:
    """Tell whether there is anything to run compiled here: in the hands of a tracer it is the loop's equations."""
    if tracing() or type(x) not in (Tensor, nn.Parameter):
        return False
    return not torch._C._functorch.is_functorch_wrapped_tensor(x) and x.shape[0] * x.shape[1] > 0


def hindrance(cell: Cell, x: Tensor, state: State) -> str | None:
    """Tell why an input cannot be run compiled; None if it can."""
    target = target_of(cell, x.device)
    return next((reason for tensor in (x, *state) if (reason := target.obstacle(tensor))), None)


def too_small(x: Tensor) -> str | None:
    """Tell why an input (B, T, D) is not worth waiting for a compiler; None if it is."""
    if not runs(x):
        return "a tracer takes the loop's equations"
    least = TOKENS[torch.is_grad_enabled()]
    if x.shape[1] < SHORTEST or x.shape[0] * x.shape[1] < least:
        return f"{x.shape[0]} x {x.shape[1]} tokens are too few to compile for (from {least:,})"
    return None
