"""The gradient through time: how much of a loss arrives at the states before it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from seqkit.diagnostics.aims import Aim, Loss, aims, loss_of
from seqkit.diagnostics.recording import Trace, finished, watched
from seqkit.errors import ConfigError, DataError

SHARE = 0.01
"""What part of its largest norm a gradient must keep to count as remembered."""


@dataclass(frozen=True)
class Curve:
    """The norm of a loss's gradient against the distance in time, for one layer and direction.

    Args:
        layer: number of the layer, the first is 0.
        direction: `"forward"` or `"backward"`.
        cell: name of the cell's class.
        values: ‖dLoss/ds_t‖ of each row at each distance (R, D), NaN where a row does not reach.
        parts: the same for each tensor that leaves a step: those of the state, and the output if it is not one.
    """

    layer: int
    direction: str
    cell: str
    values: Tensor
    parts: tuple[Tensor, ...]

    @property
    def norms(self) -> Tensor:
        """The median over rows at each distance, (D,)."""
        return self.values.nanmedian(0).values

    @property
    def quartiles(self) -> Tensor:
        """The first and the third quartile over rows, (2, D)."""
        return self.values.nanquantile(torch.tensor([0.25, 0.75], dtype=self.values.dtype), 0, interpolation="nearest")

    @property
    def memory(self) -> int:
        """The effective memory length in tokens: the furthest distance with 1 % of the largest norm or more."""
        norms = self.norms.nan_to_num(0.0)
        return int((norms >= SHARE * norms.max()).nonzero().max()) if norms.max() > 0 else 0

    @property
    def forgets(self) -> bool:
        """Whether the norm falls below 1 % for good within the rows; else `memory` is only as long as they are."""
        return self.memory < len(self.norms) - 1

    @property
    def rate(self) -> float:
        """The factor by which the norm changes with each token further back: a line through its logarithm."""
        norms = self.norms.double()
        usable = norms.isfinite() & (norms > 1e-30)
        if usable.sum() < 2:
            return math.nan
        d, logs = usable.nonzero()[:, 0].double(), norms[usable].log()
        d, logs = d - d.mean(), logs - logs.mean()
        return float((d @ logs / (d @ d)).exp())

    @property
    def name(self) -> str:
        """Layer, direction and cell in words."""
        back = "" if self.direction == "forward" else ", backward"
        return f"layer {self.layer} ({self.cell}{back})"


@dataclass(frozen=True)
class GradientThroughTime:
    """What `gradient_through_time` found.

    Args:
        curves: one for each layer and direction, the first layer first.
        measured: in words, whose gradient it is.
    """

    curves: tuple[Curve, ...]
    measured: str


def gradient_through_time(
    model: nn.Module, batch: Mapping[str, Any], *, positions: int = 1, loss: Loss | None = None
) -> GradientThroughTime:
    """Measure how much of a loss arrives at the states before it: ‖dLoss/ds_t‖ against the distance in time.

        n(d) = ‖dLoss_τ / ds_{τ-d}‖        s_t: all tensors of a layer's state after token t

    The loss of each row stands at a place τ: a language model's is that of the row's last prediction, a tagger's that
    of the last labelled token; other heads have one loss for the whole row, and τ is the row's last token. For a
    direction that reads backwards, τ is the first in place of the last, and d counts onwards. Distances are counted
    in real tokens: padding counts for nothing, and a row's curve is that of the row alone.

    The tensors of a state, such as an LSTM's h and c, are differentiated each by itself, as coordinates of s_t; where
    a cell's output is not a part of its state, it counts as one more. The model reads in evaluation mode, so without
    dropout, and by the plan `loop`. Afterwards modes, plans, gradients and random numbers are as they were.

    Args:
        model: any model with seqkit's recurrent layers, of any cell.
        batch: what its `forward` takes, with labels; a language model's may be left out and are then its ids.
        positions: from how many places of each row, counted from its end; default 1. Other heads have one.
        loss: a loss of your own, from the model's outputs to a tensor (B,); for models without a head.

    Returns:
        A curve for each layer and direction.

    Raises:
        ConfigError: if the model has no recurrent layers, is in 8 bits, or `positions` is below 1.
        DataError: if the batch has no real token, no labels, or the model no loss.

    Source:
        Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen", 1991; Bengio et al., "Learning long-term
        dependencies with gradient descent is difficult", IEEE Trans. Neural Networks 5, 1994.

    Example:
        >>> from seqkit import RNNConfig, RNNForCausalLM
        >>> model = RNNForCausalLM(RNNConfig(cell="lstm", vocab_size=10, hidden_size=8))
        >>> found = gradient_through_time(model, {"input_ids": torch.arange(20)[None] % 10})
        >>> [(curve.name, tuple(curve.norms.shape)) for curve in found.curves]
        [('layer 0 (LSTM)', (19,))]
    """
    if positions < 1:
        raise ConfigError(f"positions is {positions}; expected 1 or more.")
    curves: list[Curve] = []
    words: list[str] = []
    with torch.inference_mode(False), torch.enable_grad(), watched(model, batch, linked=True) as (traces, given, real):
        for direction in dict.fromkeys(trace.direction for trace in traces):
            mine = [trace for trace in traces if trace.direction == direction]
            found = aims(model, given, real, direction, positions, whole=loss is not None)
            if not found:
                raise DataError(
                    f"no row of the batch has a place with a loss: its longest has {int(real.sum(1).max())} token(s). "
                    "A language model needs two tokens or more, a tagger a label."
                )
            measured = [follow(model, aim, loss, traces, mine) for aim in found]
            curves += [joined(trace, rows) for trace, *rows in zip(mine, *measured, strict=True) if trace.moments]
            words += [aim.words for aim in found]
    order = sorted(curves, key=lambda curve: curve.layer)
    return GradientThroughTime(tuple(order), "; ".join(dict.fromkeys(words)))


def follow(model: nn.Module, aim: Aim, loss: Loss | None, traces: list[Trace], mine: list[Trace]) -> list[list[Tensor]]:
    """Follow one loss back: for each of `mine` the norms (B, D) of the whole state, and of its parts."""
    for trace in traces:
        trace.moments.clear()
    total = loss_of(model, aim, loss)
    finished(traces, aim.batch)
    nodes = [[node for moment in trace.moments for node in moment.nodes] for trace in mine]
    flat = [node for each in nodes for node in each]
    if not total.requires_grad or not flat:
        raise DataError("the loss does not depend on the recurrent states: there is no gradient to follow.")
    grads = iter(torch.autograd.grad(total, flat, allow_unused=True))
    return [
        distances(trace, [(node, next(grads)) for node in each], aim) for trace, each in zip(mine, nodes, strict=True)
    ]


def distances(trace: Trace, pairs: list[tuple[Tensor, Tensor | None]], aim: Aim) -> list[Tensor]:
    """Sort the norms of a trace's gradients by their distance to the loss.

    Args:
        trace: the trace.
        pairs: nodes and their gradients, step by step.
        aim: where the loss stands.

    Returns:
        The norms (B, D) of the whole state, then of each of its parts; NaN where a row has no such distance.
    """
    steps = len(trace.moments)
    if not steps:
        return []
    # In float64: the square of 1e-25 is nothing in float32.
    norms = [torch.zeros(len(n)) if g is None else g.detach().flatten(1).double().norm(dim=1).cpu() for n, g in pairs]
    parts = torch.stack([each.double() for each in norms]).view(steps, -1, len(norms[0])).permute(1, 2, 0)  # (P, B, T)
    real, place = trace.real.cpu(), aim.places.cpu()
    if trace.direction == "backward":
        place = torch.where(place < 0, place, steps - 1 - place)
    rank = real.long().cumsum(1) - 1
    d = rank.gather(1, place.clamp(0, steps - 1)[:, None]) - rank  # (B, T)
    valid = real & (d >= 0) & (place >= 0)[:, None]
    rows, places = valid.nonzero(as_tuple=True)
    found = torch.full((1 + len(parts), len(real), int(d[valid].max()) + 1), math.nan, dtype=torch.float64)
    both = torch.cat([parts.norm(dim=0, keepdim=True), parts])
    found[:, rows, d[rows, places]] = both[:, rows, places]
    return list(found)


def joined(trace: Trace, measured: list[list[Tensor]]) -> Curve:
    """Put what several losses gave under each other: (R, D), as wide as the widest."""
    width = max(each[0].shape[1] for each in measured)
    whole, *parts = [
        torch.cat([nn.functional.pad(t, (0, width - t.shape[1]), value=math.nan) for t in same])
        for same in zip(*measured, strict=True)
    ]
    kept = ~whole.isnan().all(1)
    return Curve(trace.layer, trace.direction, type(trace.cell).__name__, whole[kept], tuple(t[kept] for t in parts))
