"""Watches a model's recurrence while it reads a batch: what goes into each step, and what comes out of it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from seqkit.cells.base import Cell, State
from seqkit.engine.zoneout import Step, zoned
from seqkit.errors import ConfigError, DataError
from seqkit.models.inputs import IGNORED
from seqkit.models.layers import RNNLayer

INPUTS = ("input_ids", "inputs_embeds", "input_features")
DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True)
class Moment:
    """One step of a recurrence.

    Args:
        p: the projected input (B, P).
        before: the state that went into the step, tensors (B, ·).
        after: the state that came out of it.
        output: what it showed the next layer (B, H); often one of the tensors of `after`.
    """

    p: Tensor
    before: State
    after: State
    output: Tensor

    @property
    def nodes(self) -> list[Tensor]:
        """All that leaves the step: its state, and its output where that is not a part of the state."""
        shown = any(self.output is tensor for tensor in self.after)
        return list(self.after) if shown else [*self.after, self.output]


@dataclass
class Trace:
    """One direction of one layer, step by step in the order in which it ran.

    Args:
        layer: number of the layer, the first is 0.
        direction: `"forward"` or `"backward"`.
        cell: the recurrence.
        step: its step as it is in evaluation, zoneout included.
        moments: the steps that were taken.
        real: true at real tokens, in the order of running, (B, T).
    """

    layer: int
    direction: str
    cell: Cell
    step: Step
    moments: list[Moment] = field(default_factory=list)
    real: Tensor = field(default_factory=lambda: torch.ones(0, 0, dtype=torch.bool))

    def places(self) -> list[tuple[int, int]]:
        """Return step and row of every real token, in the order of running."""
        return [(t, b) for t, b in self.real.T.nonzero().tolist()]

    def spread(self, count: int) -> list[tuple[int, int]]:
        """Return step and row of `count` real tokens, evenly spaced over all of them."""
        places = self.places()
        return places if len(places) <= count else [places[i * len(places) // count] for i in range(count)]


def record(model: nn.Module, batch: Mapping[str, Any]) -> list[Trace]:
    """Let a model read a batch, and return what its recurrences did, without gradients.

    Args:
        model: a model with seqkit's recurrent layers; it is left as it was.
        batch: what its `forward` takes; labels are left out.

    Raises:
        ConfigError: if the model has no recurrent layers, or its weights are in 8 bits.
        DataError: if the batch holds no real token.
    """
    inputs = {name: value for name, value in batch.items() if name not in ("labels", "shift_labels")}
    with torch.no_grad(), watched(model, inputs) as (traces, given, _):
        model(**given)
    return finished(traces, given)


@contextmanager
def watched(
    model: nn.Module, batch: Mapping[str, Any], linked: bool = False
) -> Iterator[tuple[list[Trace], dict[str, Any], Tensor]]:
    """Watch what is read inside the block, in evaluation mode and by the plan `loop`; afterwards all is as it was.

    Other plans compute the same numbers, but keep the states of single steps to themselves.

    Args:
        model: the model.
        batch: what it will read.
        linked: whether states become nodes of the graph, so that a loss has a gradient with respect to each.

    Yields:
        The traces, which fill while the model reads; the batch on the model's device, of each row its last document
        if there are several; true at real tokens (B, T).
    """
    layers = recurrent_layers(model)
    given = last_documents(on_device(batch, next(model.parameters()).device))
    real = real_tokens(given)
    traces = [
        Trace(index, direction, cell, stepping(cell, layer))
        for index, layer in enumerate(layers)
        for cell, direction in zip(layer.directions, DIRECTIONS, strict=False)
    ]
    with ExitStack() as stack:
        # The kit asks cells for steps that draw nothing; should one draw after all, nobody else's numbers move.
        stack.enter_context(torch.random.fork_rng(devices=[real.device] if real.is_cuda else []))
        stack.enter_context(evaluating(model))
        for layer in layers:
            stack.enter_context(looped(layer))
        for trace in traces:
            stack.enter_context(tapped(trace, linked))
        yield traces, given, real


def finished(traces: list[Trace], batch: Mapping[str, Any]) -> list[Trace]:
    """Tell the traces, once the model has read, which of their steps were real."""
    real = real_tokens(batch)
    for trace in traces:
        length = len(trace.moments)
        # A recurrence that reads another sequence than the input has no padding that is known here.
        fits = length == real.shape[1]
        own = real if fits else torch.ones(real.shape[0], length, dtype=torch.bool, device=real.device)
        trace.real = own.flip(1) if trace.direction == "backward" else own
    return traces


def recurrent_layers(model: nn.Module) -> list[RNNLayer]:
    """Return the model's recurrent layers.

    Raises:
        ConfigError: if it has none, or its weights are in 8 bits.
    """
    layers = [module for module in model.modules() if isinstance(module, RNNLayer)]
    if not layers:
        raise ConfigError(f"{type(model).__name__} has no recurrent layers of seqkit's: there is nothing to look into.")
    if getattr(model, "is_int8", False):
        raise ConfigError("this model is in 8 bits, which have no gradients. Look into the model it was made from.")
    return layers


def real_tokens(batch: Mapping[str, Any]) -> Tensor:
    """Return where a batch holds real tokens, (B, T).

    Raises:
        DataError: if it holds none.
    """
    value = next((batch[name] for name in INPUTS if batch.get(name) is not None), None)
    if not isinstance(value, Tensor) or value.dim() < 2:
        raise DataError(f"the batch has {', '.join(batch) or 'nothing'}; expected a tensor among {', '.join(INPUTS)}.")
    mask = batch.get("attention_mask")
    real = torch.ones(value.shape[:2], device=value.device) if mask is None else mask[:, -value.shape[1] :]
    if value.shape[1] == 0 or not bool(real.any()):
        raise DataError(f"the batch has shape {tuple(value.shape[:2])} and no real token: there is nothing to look at.")
    return real.bool()


def on_device(batch: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
    """Return a batch with its tensors on a device."""
    return {name: value.to(device) if isinstance(value, Tensor) else value for name, value in batch.items()}


def last_documents(batch: dict[str, Any]) -> dict[str, Any]:
    """Return a batch whose rows hold one document each, their last: what stands before a reset becomes padding.

    A reset lets nothing through, and padding is exact, so the document is read as it is after its reset.

    Raises:
        DataError: if a state is given as well, which a reset would have thrown away.
    """
    rest = {name: value for name, value in batch.items() if name != "reset_mask"}
    resets = batch.get("reset_mask")
    if resets is None or not bool(resets.any()):
        return rest
    if batch.get("initial_state") is not None:
        raise DataError("the batch has a reset_mask and an initial_state. Leave one of them out to look into it.")
    resets = resets.long()
    kept = resets.flip(1).cumsum(1).flip(1) == resets  # (B, T): true where no reset follows
    rest["attention_mask"] = (real_tokens(batch) & kept).long()
    if rest.get("shift_labels") is not None:
        rest["shift_labels"] = rest["shift_labels"].masked_fill(~kept, IGNORED)
    return rest


def stepping(cell: Cell, layer: RNNLayer) -> Step:
    """Return a cell's step as it is in evaluation."""
    return zoned(cell.step, layer.noise.zoneout) if layer.noise.zoneout else cell.step


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Run the block in evaluation mode, and give each module its own mode back: parts may be frozen by it."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


@contextmanager
def looped(layer: RNNLayer) -> Iterator[None]:
    """Run the layer by the plan `loop`, with zoneout left to the steps that are watched."""
    plan, noise = layer.plan, layer.noise
    layer.plan, layer.noise = "loop", replace(noise, zoneout=0.0)
    try:
        yield
    finally:
        layer.plan, layer.noise = plan, noise


@contextmanager
def tapped(trace: Trace, linked: bool) -> Iterator[None]:
    """Write down each step that the trace's cell takes."""

    def step(p: Tensor, state: State) -> tuple[Tensor, State]:
        output, after = trace.step(p, state)
        if linked:
            output, after = link(output, after)
        trace.moments.append(Moment(p, state, after, output))
        return output, after

    # An entry in the instance's own dictionary hides the method; the trace has the method itself.
    trace.cell.__dict__["step"] = step
    try:
        yield
    finally:
        del trace.cell.__dict__["step"]


def link(output: Tensor, after: State) -> tuple[Tensor, State]:
    """Make nodes of what leaves a step: each tensor of the state by itself, though one may be made of another."""
    # Where all weights are frozen there is no graph yet; it begins here.
    nodes = tuple(t.view_as(t) if t.requires_grad else t.detach().requires_grad_() for t in after)
    return next((node for node, t in zip(nodes, after, strict=True) if t is output), output), nodes
