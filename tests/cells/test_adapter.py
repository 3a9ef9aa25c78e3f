"""Modules of others as cells: equal to themselves, run step by step, and checked like any cell."""

import pickle
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seqkit import RNNConfig, RNNForCausalLM, plugins
from seqkit.cells import AdaptedCell, adapt
from seqkit.engine import choose, run
from seqkit.errors import ConfigError
from seqkit.plugins.registry import unregister
from seqkit.testing import CellContract

Stepper = adapt(nn.LSTMCell, name="Stepper", source="torch.nn.LSTMCell; Hochreiter & Schmidhuber, 1997")


class Split(nn.Module):
    """Returns an output and one tensor of state, of another size, and must be given one."""

    def __init__(self, input_size: int, hidden_size: int, rate: float = 0.5, act: nn.Module | None = None) -> None:
        super().__init__()
        self.rate, self.act = rate, act
        self.out = nn.Linear(input_size, hidden_size)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        state = self.rate * state + self.out(x)
        return torch.tanh(state), state


class Nested(nn.Module):
    """Returns an output and a tuple of states of two sizes."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.out = nn.Linear(2 * input_size, hidden_size)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        before, total = (torch.zeros_like(x), x.new_zeros(len(x), self.out.out_features)) if state is None else state
        total = total + self.out(torch.cat([x, before], -1))
        return torch.tanh(total), (x, total)


Twofold = adapt(Nested, name="Twofold", source="nobody, 2026")


class TestStepper(CellContract):
    cell = Stepper


class TestTwofold(CellContract):
    cell = Twofold


@pytest.mark.parametrize("module", [nn.RNNCell, nn.GRUCell, nn.LSTMCell])
def test_torchs_own_cells_run_as_torchs_own_layers(module: type[nn.Module]) -> None:
    cell, layer = adapt(module)(3, 4), getattr(nn, module.__name__.removesuffix("Cell"))(3, 4, batch_first=True)
    layer.load_state_dict({f"{name.removeprefix('module.')}_l0": tensor for name, tensor in cell.state_dict().items()})
    x = torch.randn(2, 6, 3)
    y, final = run(cell, x)
    expected, end = layer(x)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(final, tuple(t[0] for t in (end if isinstance(end, tuple) else (end,))))


def test_output_and_state_may_be_apart() -> None:
    cell = adapt(Split, separate_output=True, states=1)(3, 4, rate=0.25)
    assert [tuple(tensor.shape) for tensor in cell.init_state(2)] == [(2, 4)]
    x = torch.randn(2, 5, 3)
    y, (state,) = run(cell, x)
    torch.testing.assert_close(y[:, -1], torch.tanh(state))
    h, expected = torch.zeros(2, 4), []
    for x_t in x.unbind(1):
        out, h = cell.module(x_t, h)
        expected.append(out)
    torch.testing.assert_close(y, torch.stack(expected, 1))


def test_a_state_within_the_result_is_found_with_its_sizes() -> None:
    assert [tuple(tensor.shape) for tensor in Twofold(3, 4).init_state(2)] == [(2, 3), (2, 4)]


def test_options_are_the_modules_and_are_checked() -> None:
    plugins.register("cells", "split", adapt(Split, separate_output=True, states=1))
    try:
        assert RNNConfig(cell="split", vocab_size=3, cell_options={"rate": 0.1}).cell_options == {"rate": 0.1}
        with pytest.raises(ConfigError, match=r"does not know\. Did you mean 'rate'\? Its options: rate\."):
            RNNConfig(cell="split", vocab_size=3, cell_options={"rat": 0.1})
        with pytest.raises(ConfigError, match="expected a finite number"):
            RNNConfig(cell="split", vocab_size=3, cell_options={"rate": "fast"})
        with pytest.raises(ConfigError, match="does not know"):  # a module cannot stand in a file
            RNNConfig(cell="split", vocab_size=3, cell_options={"act": "os.system"})
        with pytest.raises(ConfigError, match="declares no recurrent_weights"):
            RNNConfig(cell="split", vocab_size=3, weight_dropout=0.1)
    finally:
        unregister("cells", "split")


def test_what_a_module_refuses_is_said_by_name() -> None:
    class Choosy(nn.GRUCell):
        def __init__(self, input_size: int, hidden_size: int) -> None:
            if input_size != hidden_size:
                raise ValueError("input_size must be hidden_size")
            super().__init__(input_size, hidden_size)

    with pytest.raises(ConfigError, match="Choosy refuses its sizes or cell_options: input_size must be hidden_size"):
        adapt(Choosy)(3, 4)


def test_a_module_that_is_no_cell_is_refused() -> None:
    class Demanding(nn.Module):
        def __init__(self, input_size: int, hidden_size: int, depth: int) -> None: ...

    class Narrow(nn.GRUCell):
        def forward(self, x: Tensor, state: Tensor | None = None) -> Tensor:
            return super().forward(x, state)[:, 1:]

    with pytest.raises(TypeError, match=r"Demanding.*defaults for all else"):
        adapt(Demanding)
    with pytest.raises(ConfigError, match=r"Narrow gives an output and a state of shapes \[\(1, 3\), \(1, 3\)\]"):
        adapt(Narrow)(3, 4)


def test_the_class_belongs_to_whoever_asked_for_it() -> None:
    assert (Stepper.__module__, Stepper.__name__) == (__name__, "Stepper")
    assert issubclass(Stepper, AdaptedCell)
    assert "Hochreiter & Schmidhuber, 1997" in (Stepper.__doc__ or "")
    cell = Stepper(3, 4)
    twin, x = pickle.loads(pickle.dumps(cell)), torch.randn(2, 5, 3)
    assert torch.equal(run(twin, x)[0], run(cell, x)[0])


def test_a_model_of_it_is_saved_with_its_options_and_loaded(tmp_path: Path) -> None:
    plugins.register("cells", "stepper", Stepper)
    try:
        model = RNNForCausalLM(
            RNNConfig(cell="stepper", vocab_size=9, hidden_size=6, cell_options={"bias": False})
        ).eval()
        assert choose(model.model.layers[0].directions[0]).plan in ("compiled", "loop")
        model.save_pretrained(tmp_path)
        again, ids = RNNForCausalLM.from_pretrained(tmp_path), torch.tensor([[1, 2, 3]])
        assert torch.equal(again(ids).logits, model(ids).logits)
    finally:
        unregister("cells", "stepper")
