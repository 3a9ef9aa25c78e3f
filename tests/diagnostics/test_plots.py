import sys
from pathlib import Path

import pytest
import torch

from seqkit.diagnostics import Inspection, inspect_model, plot_gates, plot_gradient, plot_spectrum
from seqkit.diagnostics.plots import save_figure
from seqkit.errors import ConfigError
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification
from tests.cases import model


@pytest.fixture(scope="module")
def found() -> Inspection:
    torch.manual_seed(0)
    return inspect_model(model(RNNForCausalLM, "lstm", num_hidden_layers=2), {"input_ids": torch.randint(11, (3, 30))})


def test_a_line_for_each_curve(found: Inspection) -> None:
    (axes,) = plot_gradient(found.gradient, "title").axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert [label.split(":")[0] for label in labels] == ["layer 0 (LSTM)", "layer 1 (LSTM)"]
    assert list(axes.lines[0].get_ydata()) == pytest.approx(found.gradient.curves[0].norms.tolist())
    assert axes.get_yscale() == "log"
    assert axes.get_title() == "title"


def test_several_in_one_picture_are_told_apart(found: Inspection) -> None:
    other = inspect_model(model(RNNForCausalLM, "gru"), {"input_ids": torch.randint(11, (3, 30))})
    (axes,) = plot_gradient({"before": found.gradient, "after": other.gradient}).axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert [label.split(":")[0] for label in labels] == ["before, layer 0 (LSTM)", "before, layer 1 (LSTM)", "after"]


def test_spectrum_and_gates_have_a_place_for_each_layer(found: Inspection) -> None:
    plane, *_ = plot_spectrum(found.layers).axes
    dots = plane.lines[1]
    assert sorted(dots.get_xdata()) == pytest.approx(
        sorted(found.layers[0].spectrum.eigenvalues.real.flatten().tolist())
    )
    titles = [axes.get_title().split(",")[0] for axes in plot_gates(found.layers).axes]
    assert titles == ["input", "forget", "output"] * 2


@pytest.mark.parametrize("length", [1, 3])
def test_short_rows_and_zero_gradients_can_be_drawn(length: int, tmp_path: Path) -> None:
    made = model(RNNForSequenceClassification, "rnn")
    batch = {"input_ids": torch.ones(2, length, dtype=torch.long), "labels": torch.tensor([0, 1])}
    for scale in (1.0, 0.0):
        with torch.no_grad():
            made.score.weight.mul_(scale)
        layers = inspect_model(made, batch)
        save_figure(plot_gradient(layers.gradient), tmp_path / "a.png")
        save_figure(plot_spectrum(layers.layers), tmp_path / "b.png")
    assert (tmp_path / "a.png").stat().st_size > 1000
    with pytest.raises(ConfigError, match="no gates were found"):
        plot_gates(layers.layers)


def test_without_matplotlib_it_says_what_to_install(found: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ConfigError, match=r"pip install 'seqkit\[plots\]'"):
        plot_gradient(found.gradient)
