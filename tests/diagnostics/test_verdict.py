import math

import pytest
import torch

from seqkit.diagnostics import Curve, Exponents, Gate, LayerReport, Spectrum
from seqkit.diagnostics.verdict import growth, judge, kind_of


def curve(norms: list[float], cell: str = "LSTM", layer: int = 0) -> Curve:
    return Curve(layer, "forward", cell, torch.tensor([norms]).double(), ())


def falling(factor: float, length: int = 100) -> list[float]:
    return [factor**d for d in range(length)]


def report(norms: list[float], gates: tuple[Gate, ...] = (), cell: str = "LSTM", layer: int = 0) -> LayerReport:
    eye = torch.ones(1, 2)
    return LayerReport(curve(norms, cell, layer), Spectrum(eye.cfloat(), eye), Exponents(eye[0] * -0.1, 0, 1), gates)


@pytest.mark.parametrize(
    ("norms", "kind"),
    [
        (falling(0.99), "healthy"),
        (falling(0.5), "vanishing"),
        (falling(1.0), "healthy"),
        (falling(1.2), "exploding"),
        ([*falling(1.0), math.inf], "exploding"),
        ([0.0] * 20, "vanishing"),
        ([math.nan] * 20, "unknown"),
        (falling(0.5, 7), "unknown"),
        # What falls to a hundredth only beyond the middle has arrived where it was looked for.
        (falling(0.01 ** (1 / 60)), "healthy"),
        (falling(0.01 ** (1 / 40)), "vanishing"),
    ],
)
def test_kinds(norms: list[float], kind: str) -> None:
    assert kind_of(curve(norms)) == kind


def test_growth_compares_far_with_near() -> None:
    assert growth(curve([2.0] * 75 + [50.0] * 25)) == 25


def test_one_exploding_layer_is_enough_and_all_must_vanish() -> None:
    healthy, vanishing, exploding = falling(0.999), falling(0.5), falling(1.5)
    assert judge([report(healthy), report(vanishing, layer=1)]).kind == "healthy"
    assert judge([report(vanishing), report(vanishing, layer=1)]).kind == "vanishing"
    verdict = judge([report(healthy), report(exploding, layer=1)])
    assert verdict.kind == "exploding"
    assert len(verdict.why) == 1
    assert verdict.why[0].startswith("Layer 1 (LSTM): the gradient is")


def test_advice_follows_from_what_was_found() -> None:
    told = str(judge([report(falling(0.5), cell="RNN")]))
    assert "a cell with gates" in told
    assert 'recurrent_init="orthogonal"' in told
    assert "pooling" not in told
    shut = Gate("forget", 0.05, torch.ones(4), torch.zeros(4))
    told = str(judge([report(falling(0.5), (shut,))], pooled=True))
    assert "forget gates are shut" in told
    assert "pooling" in told
    assert "a cell with gates" not in told
    assert "Clip gradients" in str(judge([report(falling(1.5))]))
    assert "larger forget_bias" in str(judge([report(falling(0.5), (Gate("forget", 0.7, *[torch.zeros(4)] * 2),))]))
    assert "more than 8 tokens" in str(judge([report([1.0])]))


def test_reasons_hold_the_figures() -> None:
    (why,) = judge([report(falling(0.5))]).why
    assert "beyond 6 of 99 tokens (factor 0.500 a token)" in why
    assert "shrink (λ = -0.100 a token)" in why
