"""Checks of how a cell begins, and of what is kept of it in files: parameters, buffers, options."""

import inspect
import tempfile
from collections.abc import Callable

import torch
import transformers
from torch import Tensor, nn
from transformers import initialization

from seqkit.cells.base import Cell
from seqkit.config import RNNConfig
from seqkit.errors import ConfigError
from seqkit.models import RNNModel
from seqkit.testing.cell.bench import B, CellBench, D, H, T, follow, inputs
from seqkit.testing.cell.registry import CELL_CHECKS
from seqkit.testing.checks import Skipped
from seqkit.testing.compare import all_same, finite, same
from seqkit.testing.names import named
from seqkit.testing.surroundings import poisoned


@CELL_CHECKS("init-deterministic")
def init_deterministic(bench: CellBench) -> None:
    """With the same seed a cell begins with the same numbers."""
    first, second = _seeded(bench, 1).state_dict(), _seeded(bench, 1).state_dict()
    for name, tensor in first.items():
        same(f"{name} with the same seed", second[name], tensor, tolerance=0)


@CELL_CHECKS("reset-complete")
def reset_complete(bench: CellBench) -> None:
    """From the meta device, reset_parameters sets every parameter, and constants to what the constructor does."""
    cell = _from_meta(bench)
    cell.reset_parameters()
    one, other = (dict(_seeded(bench, seed).named_parameters()) for seed in (1, 2))
    for name, parameter in cell.named_parameters():
        finite(f"{name} after reset_parameters", parameter)
        if torch.equal(one[name], other[name]):
            same(f"{name} after reset_parameters", parameter, one[name])


@CELL_CHECKS("save-load-equal")
def save_load_equal(bench: CellBench) -> None:
    """A saved model comes back bit by bit, in poisoned memory, and no later reset touches what was loaded."""
    with named("cells", bench.kind) as name, tempfile.TemporaryDirectory() as folder:
        model = RNNModel(_config(bench, name, num_hidden_layers=2, bidirectional=True)).eval()
        x = torch.randn(B, T, D)
        for parameter in model.parameters():
            nn.init.uniform_(parameter, 0.1, 0.5)
        model.save_pretrained(folder)
        with poisoned():
            loaded = RNNModel.from_pretrained(folder).eval()
        with torch.no_grad():
            expected = model(input_features=x).last_hidden_state
            same("outputs after loading", loaded(input_features=x).last_hidden_state, expected, tolerance=0)
    _survives_reset(bench.make())


@CELL_CHECKS("buffers-rebuilt", optional=True)
def buffers_rebuilt(bench: CellBench) -> None:
    """From the meta device, reset_buffers computes every buffer as the constructor does."""
    cell = _from_meta(bench)
    if not dict(cell.named_buffers()):
        raise Skipped("it has no buffers")
    expected = dict(_seeded(bench, 1).named_buffers())
    transformers.set_seed(1)
    cell.reset_buffers()
    for name, buffer in cell.named_buffers():
        same(f"the buffer {name} after reset_buffers", buffer, expected[name])


@CELL_CHECKS("state-dict-keys-stable")
def state_dict_keys_stable(bench: CellBench) -> None:
    """The names and shapes in state_dict never change: not by running, resetting or another dtype."""
    cell = bench.make()
    before = _shapes(cell)
    follow(cell.train(), inputs())
    follow(cell.eval(), inputs())
    assert _shapes(cell) == before, f"running changes state_dict: {_shapes(cell).items() ^ before.items()}"
    cell.reset_parameters()
    cell.reset_buffers()
    assert _shapes(cell.double()) == before, f"a reset changes state_dict: {_shapes(cell).items() ^ before.items()}"


@CELL_CHECKS("config-roundtrip")
def config_roundtrip(bench: CellBench) -> None:
    """Every option, its default too, fits its annotation and comes back from config.json as it was."""
    given = list(inspect.signature(bench.kind).parameters.values())[2:]
    defaults = {option.name: option.default for option in given if option.default is not option.empty}
    options = {**defaults, **bench.options}
    with named("cells", bench.kind) as name, tempfile.TemporaryDirectory() as folder:
        _config(CellBench(bench.kind, options), name).save_pretrained(folder)
        config = RNNConfig.from_pretrained(folder)
        assert config.cell_options == options, f"the options {options} come back as {config.cell_options}"
        assert config.cell_class() is bench.kind, f"config.json names {config.cell!r}, which is another class"
    again = bench.kind(D, H, **config.cell_options)
    assert _shapes(again) == _shapes(bench.fresh()), "with its defaults spelt out the cell has other parameters"


@CELL_CHECKS("unknown-option-rejected")
def unknown_option_rejected(bench: CellBench) -> None:
    """An option that the cell does not know is refused, by the configuration and by the constructor."""
    unknown = CellBench(bench.kind, {**bench.options, "no_such_option": 1})
    with named("cells", bench.kind) as name:
        assert _refuses(lambda: _config(unknown, name)), "a configuration takes an option that the cell does not know"
    assert _refuses(unknown.fresh), "the constructor takes an option that it does not know, no_such_option=1"


def _refuses(make: Callable[[], object]) -> bool:
    try:
        make()
    except (TypeError, ConfigError):
        return True
    return False


def _seeded(bench: CellBench, seed: int) -> Cell:
    transformers.set_seed(seed)
    return bench.fresh()


def _from_meta(bench: CellBench) -> Cell:
    """Make a cell on the meta device and give it memory full of what nobody would take for a number of its own."""
    with torch.device("meta"):
        cell = bench.fresh()
    cell.to_empty(device="cpu")
    with torch.no_grad():
        for tensor in (*cell.parameters(), *cell.buffers()):
            tensor.fill_(torch.nan if tensor.is_floating_point() else 77)
    return cell


def _survives_reset(cell: Cell) -> None:
    """Reset a cell whose parameters count as loaded, as transformers does where a checkpoint lacks a neighbour."""
    parameters = list(cell.parameters())
    before = [parameter.detach().clone() for parameter in parameters]
    for parameter in parameters:
        parameter._is_hf_initialized = True  # type: ignore[attr-defined]
    with initialization.guard_torch_init_functions():
        cell.reset_parameters()
    hint = "reset_parameters overwrites loaded weights; use the functions of transformers.initialization"
    all_same(hint, parameters, before, tolerance=0)


def _config(bench: CellBench, name: str, **fields: object) -> RNNConfig:
    return RNNConfig(cell=name, num_features=D, hidden_size=H, cell_options=dict(bench.options), **fields)


def _shapes(cell: Cell) -> dict[str, tuple[int, ...]]:
    state: dict[str, Tensor] = cell.state_dict()
    return {name: tuple(tensor.shape) for name, tensor in state.items()}
