"""What the checks of a cell stand on: cells, inputs and states of tiny sizes, and the plans that can run them."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from seqkit.cells.base import Cell, State
from seqkit.engine import PLANS, Plan, choose, run
from seqkit.errors import ConfigError

# All different, so that no axis passes for another; H is a multiple of the usual numbers of heads.
B, T, D, H = 3, 7, 5, 8


@dataclass(frozen=True)
class CellBench:
    """A cell class with its options, from which each check makes what it needs.

    Args:
        kind: the class.
        options: options of its constructor.
    """

    kind: type[Cell]
    options: dict[str, Any] = field(default_factory=dict)

    def fresh(self) -> Cell:
        """Make a cell as its constructor leaves it."""
        return self.kind(D, H, **self.options)

    def make(self, dtype: torch.dtype = torch.float32) -> Cell:
        """Make a cell in evaluation mode whose parameters have been moved, so that nothing hides behind a zero."""
        cell = self.fresh().to(dtype).eval()
        with torch.no_grad():
            for parameter in cell.parameters():
                parameter.add_(torch.empty_like(parameter).uniform_(-0.2, 0.2))
        return cell


def inputs(dtype: torch.dtype = torch.float32) -> Tensor:
    """Return a random input (B, T, D) that wants gradients."""
    return torch.randn(B, T, D, dtype=dtype).requires_grad_()


def start(cell: Cell, rows: int = B) -> State:
    """Return a state that is not the initial one: as after some tokens, so that no cell is led where it never is."""
    with torch.no_grad():
        numbers = torch.Generator().manual_seed(rows)
        x = torch.randn(rows, 2, D, generator=numbers).to(next(cell.parameters(), torch.empty(())).dtype)
        _, state = run(cell, x, cell.init_state(rows), plan="loop")
    assert state is not None
    return tuple(tensor.detach().clone().requires_grad_() for tensor in state)


def follow(cell: Cell, x: Tensor, state: State | None = None, plan: Plan = "loop", **how: Any) -> tuple[Tensor, State]:
    """Run a cell from a state, by default from its own initial one."""
    y, final = run(cell, x, cell.init_state(len(x)) if state is None else state, plan=plan, **how)
    assert final is not None
    return y, final


def leaves(cell: Cell) -> list[Tensor]:
    """Return the parameters that learn."""
    return [parameter for parameter in cell.parameters() if parameter.requires_grad]


def gradients(tensors: list[Tensor], wanted: list[Tensor]) -> list[Tensor]:
    """Return the gradients of a fixed, uneven sum of some results; zeros where it does not reach."""
    total = sum(((tensor * _weights(tensor)).sum() for tensor in tensors), torch.zeros(()))
    found = torch.autograd.grad(total, wanted, allow_unused=True) if total.requires_grad else [None] * len(wanted)
    return [torch.zeros_like(leaf) if grad is None else grad for leaf, grad in zip(wanted, found, strict=True)]


def plans(cell: Cell) -> list[Plan]:
    """Return the plans that can run a cell: the loop first, and those that do not refuse it."""
    return ["loop", *(plan for plan in PLANS if plan not in ("auto", "loop") and _runs(cell, plan))]


def _runs(cell: Cell, plan: Plan) -> bool:
    try:
        choose(cell, plan, x=torch.zeros(B, T, D))
    except ConfigError:
        return False
    return True


def _weights(tensor: Tensor) -> Tensor:
    return torch.linspace(0.5, 1.5, tensor.numel(), dtype=tensor.dtype).view(tensor.shape)
