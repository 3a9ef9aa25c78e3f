"""transformers' own exporters take our models as well."""

import logging
from typing import Any

import pytest
import torch

from seqkit.models import RNNForTokenClassification
from tests.cases import model
from tests.models.test_export import ROWS, batch

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("format", "plan"), [("Dynamo", "auto"), ("Onnx", "loop")])
def test_exporters_of_transformers(format: str, plan: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    from transformers.exporters import exporter_dynamo, exporter_onnx

    module = {"Dynamo": exporter_dynamo, "Onnx": exporter_onnx}[format]
    network = model(RNNForTokenClassification, "gru", num_labels=3, bidirectional=True, use_cache=False)
    network.plan = plan
    config = getattr(module, f"{format}Config")(dynamic_shapes=ROWS)
    exported = getattr(module, f"{format}Exporter")().export(network, batch(3, 7), config=config)
    for rows, length in ((5, 12), (1, 1), (2, 40)):
        given = batch(rows, length)
        with torch.no_grad():
            torch.testing.assert_close(
                torch.as_tensor(exported(**given).logits), network(**given).logits, atol=1e-5, rtol=1e-5
            )
