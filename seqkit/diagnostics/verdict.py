"""The verdict in words: whether the gradient vanishes, explodes or arrives, why, and what to change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from seqkit.diagnostics.gates import Gate
from seqkit.diagnostics.gradient import Curve
from seqkit.diagnostics.jacobian import Spectrum
from seqkit.diagnostics.lyapunov import Exponents

Kind = Literal["healthy", "vanishing", "exploding", "unknown"]

FEW = 8
"""Distances below which nothing can be said about forgetting."""

GROWTH = 10.0
"""How many times larger than near its loss a far gradient must be to be called exploding."""


@dataclass(frozen=True)
class LayerReport:
    """All that was measured of one layer and direction.

    Args:
        curve: the norm of the gradient against the distance.
        spectrum: of the step's Jacobian.
        exponents: the leading Lyapunov exponents.
        gates: the gates that were found.
    """

    curve: Curve
    spectrum: Spectrum
    exponents: Exponents
    gates: Sequence[Gate]

    @property
    def kind(self) -> Kind:
        """What the gradient of this layer does."""
        return kind_of(self.curve)


@dataclass(frozen=True)
class Verdict:
    """The verdict on a model.

    Args:
        kind: `"healthy"`, `"vanishing"`, `"exploding"` or `"unknown"`.
        why: the figures that say so, a sentence each.
        advice: what to change, a sentence each.
    """

    kind: Kind
    why: tuple[str, ...]
    advice: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}: {' '.join([*self.why, *self.advice])}"


def kind_of(curve: Curve) -> Kind:
    """Judge one curve.

    Exploding: a norm is infinite, or the median over the furthest quarter is more than 10 times the largest of the
    nearest eighth. Vanishing: less than 1 % of the largest norm is left beyond half of the measured distance. Healthy:
    neither. Unknown: fewer than 8 distances, or norms that are no numbers.
    """
    norms = curve.norms
    if bool(norms.isinf().any()):
        return "exploding"
    if len(norms) < FEW or bool(norms.isnan().any()):
        return "unknown"
    if growth(curve) > GROWTH:
        return "exploding"
    return "vanishing" if curve.memory < (len(norms) - 1) / 2 else "healthy"


def growth(curve: Curve) -> float:
    """Return how many times larger the gradient is far from its loss than near it."""
    norms = curve.norms
    near, far = norms[: max(3, len(norms) // 8)].max(), norms[-max(1, len(norms) // 4) :].median()
    return float(far / near) if near > 0 else 0.0


def judge(layers: Sequence[LayerReport], pooled: bool = False) -> Verdict:
    """Judge a model by its layers.

    One layer that explodes spoils a step of training for all; but a network forgets only if every layer does, for
    a lower layer's gradient also arrives through those above it.

    Args:
        layers: what was measured of each.
        pooled: whether the head makes one vector of a row, and could do so in another way.
    """
    kinds = [layer.kind for layer in layers]
    kind: Kind = "healthy"
    if "exploding" in kinds:
        kind = "exploding"
    elif all(each == "vanishing" for each in kinds):
        kind = "vanishing"
    elif "unknown" in kinds:
        kind = "unknown"
    told = [layer for layer in layers if layer.kind == kind] if kind == "exploding" else list(layers)
    advice = ADVICE[kind](told)
    if kind == "vanishing" and pooled:
        advice.append('For one decision about a row, pooling="mean", "max" or "attention" shortens the way.')
    return Verdict(kind, tuple(reason(layer) for layer in told), tuple(advice))


def reason(layer: LayerReport) -> str:
    """Tell what the figures of one layer say."""
    curve, exponents = layer.curve, layer.exponents
    span = len(curve.norms) - 1
    if layer.kind == "exploding":
        told = f"the gradient is {growth(curve):.3g} times larger {span} tokens back than near its loss"
    elif layer.kind == "unknown":
        told = f"rows reach {span} token(s) back, or their gradients are no numbers"
    elif not float(curve.norms.max()):
        told = "no gradient arrives at all"
    elif curve.forgets:
        told = f"less than 1 % of the gradient is left beyond {curve.memory} of {span} tokens"
    else:
        told = f"more than 1 % of the gradient arrives over all {span} tokens"
    told += f" (factor {curve.rate:.3f} a token)"
    trend = "grow" if exponents.largest > 0 else "shrink"
    return f"L{curve.name[1:]}: {told}; small changes of its state {trend} (λ = {exponents.largest:+.3f} a token)."


def vanishing(layers: Sequence[LayerReport]) -> list[str]:
    """Advise against vanishing."""
    cells, shut = {layer.curve.cell for layer in layers}, closed_gates(layers)
    advice = ["This hurts only if what the model must remember lies further back than it does now."]
    if not any(layer.gates for layer in layers):
        advice.append(
            "No gates were found: a cell with gates, lstm or gru, keeps a path on which the gradient survives."
        )
    if "RNN" in cells:
        advice.append('Begin with recurrent_init="orthogonal", which keeps norms over many steps.')
    if any("forget" in name for name in shut):
        advice.append("Its forget gates are shut more often than not: begin with a larger forget_bias, up to ln T.")
    elif "LSTM" in cells:
        advice.append("Begin with a larger forget_bias (up to ln T for a memory of T tokens).")
    elif "GRU" in cells:
        advice.append(
            "A GRU begins with half-open update gates: give their biases up to ln T for a memory of T tokens."
        )
    return advice


def exploding(layers: Sequence[LayerReport]) -> list[str]:
    """Advise against exploding."""
    radius = max(layer.spectrum.radius for layer in layers)
    advice = ["Clip gradients (max_grad_norm=1.0 in the training arguments) and lower the learning rate."]
    if radius > 1:
        advice.append(
            f"The step's Jacobian has a spectral radius of {radius:.3g}: begin with smaller recurrent weights, "
            'recurrent_init="orthogonal", or add weight decay.'
        )
    if not any(layer.gates for layer in layers):
        advice.append("No gates were found: a cell with gates, lstm or gru, bounds what is added to its state.")
    return advice


def closed_gates(layers: Sequence[LayerReport]) -> set[str]:
    """Return the names of gates that are shut at more than half of all steps and units."""
    return {gate.name for layer in layers for gate in layer.gates if float(gate.shut.mean()) > 0.5}


ADVICE = {
    "healthy": lambda layers: ["Nothing needs to be changed for the gradient's sake."],
    "vanishing": vanishing,
    "exploding": exploding,
    "unknown": lambda layers: [f"Give rows of more than {FEW} tokens, and a model whose loss is a number."],
}
