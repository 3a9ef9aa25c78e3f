"""What torch cannot export is refused by name."""

import logging
from pathlib import Path

import pytest
from torch import Tensor, nn

from seqkit import RNNConfig, RNNForCausalLM, plugins
from seqkit.cells.base import Cell, State
from seqkit.errors import ExportError
from seqkit.export.graph import GraphModule
from seqkit.export.onnx import quiet, summary, write_graph
from seqkit.export.ports import ports


class Peeking(Cell):
    """Looks at a value in Python, which no graph can."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight = nn.Parameter(Tensor(hidden_size, input_size).uniform_(-1, 1))

    def project(self, x: Tensor) -> Tensor:
        return x @ self.weight.T

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        h = state[0] + p if float(p.sum()) > 0 else state[0] - p
        return h, (h,)


def test_a_cell_that_looks_at_values_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins.registry, "_local", {})
    plugins.register("cells", "peeking", Peeking)
    network = RNNForCausalLM(RNNConfig(cell="peeking", vocab_size=5, hidden_size=3)).eval()
    given = ports(network, False, True)
    with pytest.raises(ExportError, match=r"cell 'peeking' cannot be exported.*pure torch"):
        write_graph(GraphModule(network, given, False), given, tmp_path / "graph.onnx")
    assert not (tmp_path / "graph.onnx").exists()


def test_the_first_cause_is_told_in_one_line() -> None:
    error = ValueError("above")
    error.__cause__ = KeyError("deep")
    error.__cause__.__cause__ = TypeError("deeper\n  down")
    assert summary(error) == "deeper down"


def test_the_exporter_is_quiet_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    with quiet():
        logging.getLogger("torch.onnx").warning("a hint")
    assert not caplog.records
    logging.getLogger("torch.onnx").warning("another")
    assert len(caplog.records) == 1
