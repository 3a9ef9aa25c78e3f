"""Everything about how a model remembers, measured on one batch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from seqkit.diagnostics.aims import Loss
from seqkit.diagnostics.gates import gate_saturation
from seqkit.diagnostics.gradient import GradientThroughTime, gradient_through_time
from seqkit.diagnostics.jacobian import jacobian_spectrum
from seqkit.diagnostics.lyapunov import lyapunov_exponents
from seqkit.diagnostics.recording import record
from seqkit.diagnostics.verdict import LayerReport, Verdict, judge


@dataclass(frozen=True)
class Inspection:
    """What `inspect_model` found.

    Args:
        gradient: the gradient through time.
        layers: all figures, one entry for each layer and direction.
        verdict: what they say.
        rows: rows of the batch that was read.
        tokens: its real tokens.
    """

    gradient: GradientThroughTime
    layers: tuple[LayerReport, ...]
    verdict: Verdict
    rows: int
    tokens: int

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON takes them; what is no finite number is null."""
        return {
            "verdict": self.verdict.kind,
            "why": list(self.verdict.why),
            "advice": list(self.verdict.advice),
            "measured": self.gradient.measured,
            "rows": self.rows,
            "tokens": self.tokens,
            "layers": [layer_figures(layer) for layer in self.layers],
        }


def layer_figures(layer: LayerReport) -> dict[str, Any]:
    """Return the figures of one layer and direction as JSON takes them."""
    curve = layer.curve
    return {
        "layer": curve.layer,
        "direction": curve.direction,
        "cell": curve.cell,
        "kind": layer.kind,
        "memory_tokens": curve.memory,
        "memory_is_at_least": not curve.forgets,
        "rate_per_token": finite(curve.rate),
        "lyapunov_exponent": finite(layer.exponents.largest),
        "lyapunov_error": finite(layer.exponents.error),
        "spectral_radius": finite(layer.spectrum.radius),
        "largest_singular_value": finite(layer.spectrum.norm),
        "gates": {
            gate.name: {"mean": gate.mean, "shut": float(gate.shut.mean()), "open": float(gate.open.mean())}
            for gate in layer.gates
        },
        "gradient_norms": [finite(norm) for norm in curve.norms.tolist()],
    }


def finite(value: float) -> float | None:
    """Return a number, or None for what JSON cannot hold."""
    return value if math.isfinite(value) else None


def inspect_model(
    model: nn.Module, batch: Mapping[str, Any], *, positions: int = 1, loss: Loss | None = None
) -> Inspection:
    """Measure how a model remembers: gradients, Jacobians, Lyapunov exponents and gates, and say what they mean.

    Args:
        model: any model with seqkit's recurrent layers; it is left as it was.
        batch: what its `forward` takes, with labels.
        positions: as in `gradient_through_time`.
        loss: as in `gradient_through_time`.

    Returns:
        The figures and the verdict.

    Raises:
        ConfigError: if the model has no recurrent layers, or is in 8 bits.
        DataError: if the batch has no real token, no labels, or the model no loss.

    Example:
        >>> import torch
        >>> from seqkit import RNNConfig, RNNForCausalLM
        >>> model = RNNForCausalLM(RNNConfig(cell="gru", vocab_size=10, hidden_size=8))
        >>> found = inspect_model(model, {"input_ids": torch.arange(40)[None] % 10})
        >>> found.verdict.kind in ("healthy", "vanishing")
        True
    """
    gradient = gradient_through_time(model, batch, positions=positions, loss=loss)
    traces = [trace for trace in record(model, batch) if trace.moments]
    by_name = {(trace.layer, trace.direction): trace for trace in traces}
    layers = tuple(
        LayerReport(curve, jacobian_spectrum(trace), lyapunov_exponents(trace), gate_saturation(trace))
        for curve in gradient.curves
        for trace in [by_name[curve.layer, curve.direction]]
    )
    real = traces[0].real
    return Inspection(gradient, layers, judge(layers, pooled=hasattr(model, "pooling")), real.shape[0], int(real.sum()))
