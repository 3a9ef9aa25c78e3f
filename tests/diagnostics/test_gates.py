import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqkit import Cell, plugins
from seqkit.cells import GRU, LSTM
from seqkit.diagnostics import SigmoidWatch, gate_saturation, record
from seqkit.diagnostics.gates import declared, named
from seqkit.models import RNNModel
from tests.cases import model

IDS = {"input_ids": torch.arange(10).view(2, 5)}
NAMES = {
    "rnn": [],
    "gru": ["reset", "update"],
    "lstm": ["input", "forget", "output"],
    "mingru": ["update"],
    "minlstm": ["forget", "input", "share kept"],
    "slstm": ["forget", "output"],
    "lnlstm": ["forget", "input", "output"],
    "peephole": ["input", "forget", "output"],
}


@pytest.mark.parametrize("cell", NAMES)
def test_cells_name_their_gates(cell: str) -> None:
    if cell not in {plugin.name for plugin in plugins.list_plugins("cells")}:
        pytest.skip(f"{cell} is a plugin that is not installed")
    (trace,) = record(model(RNNModel, cell), IDS)
    assert [gate.name for gate in gate_saturation(trace)] == NAMES[cell]


@pytest.mark.parametrize(("bias", "shut", "open"), [(30.0, 0.0, 1.0), (-30.0, 1.0, 0.0)])
def test_a_gate_saturated_by_hand_is_found(bias: float, shut: float, open: float) -> None:
    made = model(RNNModel, "lstm")
    with torch.no_grad():
        made.rnn_layers[0].directions[0].bias_ih[6:12] += bias
    gates = {gate.name: gate for gate in gate_saturation(record(made, IDS)[0])}
    assert gates["forget"].shut.tolist() == [shut] * 6
    assert gates["forget"].open.tolist() == [open] * 6
    assert gates["forget"].mean == pytest.approx(open, abs=1e-6)
    assert float(gates["input"].shut.mean() + gates["input"].open.mean()) < 0.5


def test_the_values_are_the_equations() -> None:
    made = model(RNNModel, "gru")
    cell = made.rnn_layers[0].directions[0]
    (trace,) = record(made, {"input_ids": torch.tensor([[3]])})
    reset, update = gate_saturation(trace)
    x = made.get_input_embeddings()(torch.tensor([3]))
    r, z, _ = torch.sigmoid(F.linear(x, cell.weight_ih, cell.bias_ih) + cell.bias_hh).chunk(3, 1)
    assert (reset.mean, update.mean) == pytest.approx((r.mean().item(), z.mean().item()))


def test_every_way_to_compute_a_sigmoid_is_seen() -> None:
    x = torch.tensor([0.3])
    ways = [torch.sigmoid, torch.Tensor.sigmoid, F.sigmoid, nn.Sigmoid(), torch.special.expit, F.logsigmoid]
    with SigmoidWatch() as watch:
        for way in ways:
            way(x)
        x.clone().sigmoid_()
        torch.tanh(x)
    assert [float(gate) for gate in watch.gates] == pytest.approx([float(torch.sigmoid(x))] * 7)


class Side(Cell):
    """Two gates in one sigmoid."""

    gate_names = ("left", "right")

    def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        left, right = torch.sigmoid(torch.cat([p, p + 9], 1)).chunk(2, 1)
        h = left * state[0] + right
        return h, (h,)


def test_gates_side_by_side_are_told_apart() -> None:
    found = dict(named([torch.cat([torch.zeros(4, 2), torch.ones(4, 2)], 1)], Side.gate_names))
    assert float(found["left"].max()) == 0
    assert float(found["right"].min()) == 1
    # Three gates of which two sizes are known: a name would stand at the wrong numbers.
    assert [name for name, _ in named([torch.zeros(4, 3), torch.zeros(4, 1)], Side.gate_names)] == ["gate 0", "gate 1"]


def test_names_are_not_inherited_by_another_step() -> None:
    class Reordered(LSTM):
        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            return super().step(p, state)

    class Renamed(GRU):
        pass

    assert declared(Reordered) == ()
    assert declared(Renamed) == ("reset", "update")
    assert declared(Side) == ("left", "right")
