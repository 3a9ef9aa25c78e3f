import json

import pytest
import torch

from seqkit.diagnostics import inspect_model
from seqkit.models import RNNForSequenceClassification, RNNForTokenClassification
from tests.cases import CELLS, model


@pytest.mark.parametrize("cell", CELLS)
def test_figures_of_every_layer_and_direction(cell: str) -> None:
    made = model(RNNForTokenClassification, cell, num_hidden_layers=2, bidirectional=True)
    batch = {"input_ids": torch.randint(11, (3, 12)), "labels": torch.randint(2, (3, 12))}
    found = inspect_model(made, batch)
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert [(each["layer"], each["direction"]) for each in told["layers"]] == [
        (0, "forward"), (0, "backward"), (1, "forward"), (1, "backward"),
    ]  # fmt: skip
    assert all(len(each["gradient_norms"]) == 12 for each in told["layers"])
    assert told["verdict"] == found.verdict.kind
    assert (told["rows"], told["tokens"]) == (3, 36)
    assert all(("forget" in each["gates"]) == (cell == "lstm") for each in told["layers"])


def test_a_recurrent_weight_of_spectral_radius_three_explodes_and_one_of_a_tenth_vanishes() -> None:
    kinds = {}
    for radius in (0.1, 1.0, 3.0):
        made = model(RNNForSequenceClassification, "rnn", hidden_size=32)
        cell = made.rnn_layers[0].directions[0]
        with torch.no_grad():
            torch.nn.init.orthogonal_(cell.weight_hh).mul_(radius)
            for parameter in (cell.weight_ih, cell.bias_ih, cell.bias_hh):
                parameter.mul_(0.01)
        batch = {"input_ids": torch.randint(11, (4, 20)), "labels": torch.tensor([0, 1, 0, 1])}
        kinds[radius] = inspect_model(made, batch).verdict.kind
    assert kinds == {0.1: "vanishing", 1.0: "healthy", 3.0: "exploding"}


def test_too_short_to_tell() -> None:
    batch = {"input_ids": torch.tensor([[1], [2]]), "labels": torch.tensor([0, 1])}
    found = inspect_model(model(RNNForSequenceClassification), batch)
    assert found.verdict.kind == "unknown"
    assert "rows reach 0 token(s) back" in found.verdict.why[0]
