"""What many tests need: every built-in cell, small models, ragged batches, and comparisons that name what differs."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, get_args, get_origin, get_type_hints

import torch
from torch import Tensor, nn

from seqkit import plugins
from seqkit.cells.base import Cell
from seqkit.config import RNNConfig
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification, RNNModel

CELLS = sorted(plugin.name for plugin in plugins.list_plugins("cells") if plugin.distribution == "seqkit")
"""From the registry: a new cell is tested with no new test code."""

MODELS = (RNNModel, RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification)
HEADS = MODELS[1:]
POOLINGS = ("last", "mean", "max", "attention", "concat")

MASKS = {
    "right": [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
    "left": [[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]],
    "scattered": [[0, 1, 1, 0, 1], [1, 0, 0, 0, 1], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]],
    "empty": [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
}
"""Ragged rows, empty ones among them, padded in every way."""


def options_of(name: str) -> list[dict[str, Any]]:
    """Return the options worth a run each: every bool both ways, every choice."""
    cell = plugins.get("cells", name)
    hints = get_type_hints(cell.__init__)
    found: list[dict[str, Any]] = [{}]
    for option in list(inspect.signature(cell).parameters)[2:]:
        choices = (True, False) if hints[option] is bool else get_args(hints[option])
        if hints[option] is bool or get_origin(hints[option]) is Literal:
            found += [{option: choice} for choice in choices]
    return found


CELL_OPTIONS = [(name, options) for name in CELLS for options in options_of(name)]


def make_cell(
    name: str, input_size: int = 3, hidden_size: int = 4, dtype: torch.dtype = torch.float32, **options: Any
) -> Cell:
    """Make a cell whose every parameter is random, so that no bias hides behind a zero."""
    cell = plugins.get("cells", name)(input_size, hidden_size, **options).to(dtype)
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -0.7, 0.7)
    return cell


def make_state(cell: Cell, batch: int) -> tuple[Tensor, ...]:
    """Make a random state of the right shape."""
    return tuple(torch.randn_like(tensor) for tensor in cell.init_state(batch))


def config(cell: str = "gru", **fields: Any) -> RNNConfig:
    """Make a small configuration: 11 tokens (or vectors), 6 units."""
    if "num_features" not in fields:
        fields.setdefault("vocab_size", 11)
    return RNNConfig(cell=cell, **{"hidden_size": 6, **fields})


def model(kind: type = RNNModel, cell: str = "gru", **fields: Any) -> Any:
    """Make a small model in evaluation mode whose every parameter is random."""
    made = kind(config(cell, **fields)).eval()
    for parameter in made.parameters():
        nn.init.uniform_(parameter, -0.7, 0.7)
    return made


def rows(mask: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Walk over rows and the places of their real tokens."""
    for index, row in enumerate(mask):
        yield index, row.nonzero()[:, 0]


def gradients(loss: Tensor, leaves: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the gradient of every leaf by name; zeros where the loss does not reach."""
    if not loss.requires_grad:
        return {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    found = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    pairs = zip(leaves.items(), found, strict=True)
    return {name: torch.zeros_like(leaf) if grad is None else grad for (name, leaf), grad in pairs}


def same(found: dict[str, Tensor], expected: dict[str, Tensor], tolerance: float = 1e-5) -> None:
    """Compare tensors by name; the names must agree too."""
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(
            found[name], tensor, atol=tolerance, rtol=tolerance, msg=lambda text, name=name: f"{name}: {text}"
        )


@contextmanager
def poisoned() -> Iterator[None]:
    """Fill all memory that torch hands out uninitialised with NaN, so that its use shows every time."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    before, torch.utils.deterministic.fill_uninitialized_memory = (
        torch.utils.deterministic.fill_uninitialized_memory,
        True,
    )
    try:
        yield
    finally:
        torch.utils.deterministic.fill_uninitialized_memory = before
        torch.use_deterministic_algorithms(False)
