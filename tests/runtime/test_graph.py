"""A graph is held to its description."""

from typing import Any

import numpy as np
import pytest

from seqkit.errors import CheckpointError, DataError
from seqkit.runtime.graph import Graph

STATE = ["state.0.0", "state.1.0"]
INPUTS, OUTPUTS = ["input_ids", *STATE], ["logits", "new_state.0.0", "new_state.1.0"]


@pytest.fixture
def data(exports: Any) -> bytes:
    return (exports("writer")[2] / "step.onnx").read_bytes()


def test_it_runs_arrays_by_name(data: bytes) -> None:
    graph = Graph(data, "step.onnx", INPUTS, OUTPUTS, dict.fromkeys(STATE, 6), 1)
    state = {name: np.zeros((2, 6), np.float32) for name in STATE}
    found = graph({"input_ids": np.array([1, 2]), **state})
    assert found.keys() == set(OUTPUTS)
    assert found["logits"].shape[0] == 2


def test_other_names_and_widths_are_refused(data: bytes) -> None:
    with pytest.raises(CheckpointError, match="reads and gives"):
        Graph(data, "step.onnx", ["input_ids"], OUTPUTS, {}, 1)
    with pytest.raises(CheckpointError, match=r"state\.1\.0 is .*expected a width of 7"):
        Graph(data, "step.onnx", INPUTS, OUTPUTS, {"state.0.0": 6, "state.1.0": 7}, 1)
    with pytest.raises(CheckpointError, match=r"logits is .*expected a width of 7"):
        Graph(data, "step.onnx", INPUTS, OUTPUTS, {"logits": 7}, 1)


def test_an_id_beyond_the_vocabulary_is_refused(data: bytes) -> None:
    graph = Graph(data, "step.onnx", INPUTS, OUTPUTS, {}, 1)
    state = {name: np.zeros((1, 6), np.float32) for name in STATE}
    with pytest.raises(DataError, match="onnxruntime refuses"):
        graph({"input_ids": np.array([10**6]), **state})
