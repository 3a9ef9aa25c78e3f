"""The judge finds what is wrong."""

from typing import Any

import numpy as np
import pytest
import torch

from seqkit.errors import DataError, ExportError
from seqkit.export.graph import GraphModule
from seqkit.export.parity import TRIED, check
from seqkit.export.ports import ports
from seqkit.models import RNNForCausalLM
from tests.cases import model


def twin(graph: GraphModule, change: Any) -> Any:
    """Return what stands for an exported graph: torch itself, and a change of its scores."""

    def run(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        with torch.no_grad():
            found = [tensor.numpy() for tensor in graph(*map(torch.from_numpy, inputs.values()))]
        return dict(enumerate([change(found[0]), *found[1:]]))

    return run


def refusing(logits: np.ndarray) -> np.ndarray:
    if logits.shape[1] > 5:
        raise DataError("onnxruntime refuses arrays")
    return logits


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda logits: logits + 1e-3, "differs from torch by .*e-0[34]"),
        (lambda logits: logits * np.nan, "differs from torch by inf"),
        (lambda logits: logits[:, :1], "does not run at other sizes"),
        (refusing, "does not run at other sizes"),
    ],
)
def test_wrong_graphs_are_refused(change: Any, said: str) -> None:
    network = model(RNNForCausalLM, "gru")
    given = ports(network, False, True)
    graph = GraphModule(network, given, False)
    with pytest.raises(ExportError, match=said):
        check(graph, given, twin(graph, change))
    assert check(graph, given, twin(graph, lambda logits: logits)) == 0


def test_the_recorded_sizes_are_not_among_those_tried() -> None:
    assert {1, 2, 13, 40, 150} == {sizes["T"] for sizes in TRIED}
