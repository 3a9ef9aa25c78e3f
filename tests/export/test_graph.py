"""Every built-in cell and every option of a model, exported and held to torch at other sizes."""

from pathlib import Path
from typing import Any

import pytest
import torch

from seqkit.export import parity
from seqkit.export.folder import loaded
from seqkit.export.graph import GraphModule
from seqkit.export.onnx import write_graph
from seqkit.export.ports import ports
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification
from tests.cases import CELLS, POOLINGS, model

OPTIONS: dict[str, dict[str, Any]] = {
    "residual and layer norm": {"residual": True, "layer_norm": True, "num_hidden_layers": 2},
    "a learnt initial state": {"learn_initial_state": True},
    "a tied embedding": {"tie_word_embeddings": True, "embedding_size": 6},
    "an adaptive softmax": {"adaptive_cutoffs": [3, 7], "adaptive_div_value": 1.5},
    "zoneout": {"zoneout": 0.2},
    "no biases": {"cell_options": {"bias": False}},
}


def differs(network: Any, folder: Path, one_step: bool = False, stateful: bool = True) -> float:
    """Export one graph; return its greatest difference to torch, at all the sizes that are tried."""
    given = ports(network, one_step, stateful)
    graph = GraphModule(network, given, one_step)
    write_graph(graph, given, folder / "graph.onnx")
    return parity.check(graph, given, loaded(folder / "graph.onnx", graph, given))


@pytest.mark.parametrize("cell", CELLS)
def test_both_directions(cell: str, tmp_path: Path) -> None:
    network = model(RNNForTokenClassification, cell, bidirectional=True, num_hidden_layers=2, num_labels=3)
    assert differs(network, tmp_path, stateful=False) <= 1e-5


@pytest.mark.parametrize("one_step", [False, True], ids=["whole", "step"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_state_goes_in_and_out(cell: str, one_step: bool, tmp_path: Path) -> None:
    assert differs(model(RNNForCausalLM, cell, num_hidden_layers=2), tmp_path, one_step) <= 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("one_step", [False, True], ids=["whole", "step"])
@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_of_a_model(name: str, one_step: bool, tmp_path: Path) -> None:
    assert differs(model(RNNForCausalLM, "gru", **OPTIONS[name]), tmp_path, one_step) <= 1e-5


def test_relu(tmp_path: Path) -> None:
    network = model(RNNForCausalLM, "rnn", cell_options={"nonlinearity": "relu"}, initializer_range=0.01)
    for parameter in network.parameters():
        torch.nn.init.uniform_(parameter, -0.3, 0.3)
    assert differs(network, tmp_path) <= 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("pooling", POOLINGS)
def test_every_pooling(pooling: str, tmp_path: Path) -> None:
    network = model(RNNForSequenceClassification, "gru", pooling=pooling, bidirectional=True, num_labels=3)
    assert differs(network, tmp_path, stateful=False) <= 1e-5


@pytest.mark.slow
def test_float_vectors(tmp_path: Path) -> None:
    network = model(RNNForTokenClassification, "lstm", num_features=4, num_labels=2, problem_type="regression")
    assert differs(network, tmp_path) <= 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["mingru", "minlstm", "lnlstm", "peephole", "slstm"])
def test_cells_of_plugins(cell: str, tmp_path: Path) -> None:
    from seqkit import plugins

    if cell not in {plugin.name for plugin in plugins.list_plugins("cells")}:
        pytest.skip(f"the plugin of {cell} is not installed")
    assert differs(model(RNNForTokenClassification, cell, num_labels=3), tmp_path) <= 1e-5


def test_built_in_cells_are_operators_of_onnx(tmp_path: Path) -> None:
    import onnx

    differs(model(RNNForCausalLM, "gru"), tmp_path)
    used = [node.op_type for node in onnx.load(tmp_path / "graph.onnx").graph.node]
    assert used.count("GRU") == 1
    assert "Scan" not in used
