import html
import re

import pytest
import torch

from seqkit.diagnostics import Unit, plot_text, read_activations, text_html
from seqkit.diagnostics.activations import colour, scaled
from seqkit.errors import ConfigError, DataError
from seqkit.models import RNNModel
from tests.cases import CELLS, model

IDS = torch.tensor([[3, 1, 4, 1, 5]])


@pytest.mark.parametrize("cell", CELLS)
def test_every_unit_of_both_directions_after_every_token(cell: str) -> None:
    made = model(RNNModel, cell, num_hidden_layers=2, bidirectional=True)
    read = read_activations(made, {"input_ids": IDS})
    output = made(IDS, output_hidden_states=True).hidden_states
    for layer in range(2):
        for direction, half in (("forward", slice(0, 6)), ("backward", slice(6, 12))):
            found = torch.stack([read.of(Unit(layer, direction, 0, index)) for index in range(6)], 1)
            torch.testing.assert_close(found, output[layer + 1][0, :, half])
    assert read.values.shape == (5, len(read.units))
    assert len(read.units) == len(set(read.units)) == sum(t.numel() for x in made.rnn_layers for t in x.init_state(1))


def test_padding_is_left_out() -> None:
    made = model(RNNModel)
    padded = {"input_ids": torch.tensor([[9, 3, 1, 9]]), "attention_mask": torch.tensor([[0, 1, 1, 0]])}
    torch.testing.assert_close(
        read_activations(made, padded).values, read_activations(made, {"input_ids": IDS[:, :2]}).values
    )


def test_one_text_at_a_time_and_units_that_exist() -> None:
    with pytest.raises(DataError, match="2 rows"):
        read_activations(model(), {"input_ids": IDS.repeat(2, 1)})
    read = read_activations(model(), {"input_ids": IDS})
    with pytest.raises(ConfigError, match=r"no layer 3, state 0, unit 0; the last one is layer 0, state 0, unit 5"):
        read.of(Unit(3, "forward", 0, 0))
    assert str(Unit(1, "backward", 0, 2)) == "layer 1, backward, state 0, unit 2"


def test_html_holds_the_text_and_no_markup_of_its_own() -> None:
    tokens = ["<b>", '"&', "\n", "한"]
    page = text_html(tokens, torch.tensor([1.0, -1.0, 0.0, 0.5]))
    assert "<b>" not in page
    assert html.unescape(re.sub(r"<[^>]+>", "", page)) == '<b>"&↵\n한'
    shades = re.findall(r"background:(#\w+)", page)
    assert shades[0] != shades[1]
    assert 'title="-1.000"' in page


def test_colours_go_from_blue_over_white_to_red() -> None:
    assert colour(0.0) == (255, 255, 255)
    (red, _, blue), (cold_red, _, cold_blue) = colour(1.0), colour(-1.0)
    assert red > blue
    assert cold_blue > cold_red
    assert scaled(torch.tensor([5.0, 5.0, 5.0])).tolist() == [0, 0, 0]
    assert scaled(torch.tensor([-1e9, *torch.linspace(0, 1, 99)])).min() == -1


def test_the_picture_has_a_letter_for_each_character() -> None:
    figure = plot_text(["ab", "\n", "c"], torch.tensor([0.0, 1.0, -1.0]), "title")
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["a", "b", "↵", "c"]
    assert axes.get_title("left") == "title"
    broken = plot_text(list("abcdef"), torch.arange(6.0), width=4)
    assert [text.get_position() for text in broken.axes[0].texts][3:5] == [(3, 0), (0, 1)]


def test_as_many_values_as_tokens() -> None:
    with pytest.raises(DataError, match=r"1 tokens and values of shape \(2,\)"):
        text_html(["a"], torch.zeros(2))
    with pytest.raises(DataError, match="0 tokens"):
        plot_text([], torch.zeros(0))
