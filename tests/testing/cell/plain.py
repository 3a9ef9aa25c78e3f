"""A cell that keeps the whole contract, from which every wrong one departs in one place."""

import torch
from torch import Tensor, nn
from transformers import initialization

from seqkit.cells.base import Cell, State
from seqkit.testing import Report, check_cell


class Plain(Cell):
    """h_t = tanh(W x_t + U h_{t-1} + b). Source: Elman, 1990."""

    recurrent_weights = ("U",)

    def __init__(self, input_size: int, hidden_size: int, gain: float = 0.5) -> None:
        super().__init__(input_size, hidden_size)
        self.gain = gain
        self.W = nn.Parameter(torch.empty(hidden_size, input_size))
        self.U = nn.Parameter(torch.empty(hidden_size, hidden_size))
        self.b = nn.Parameter(torch.zeros(hidden_size))
        self.register_buffer("scale", torch.full((hidden_size,), gain))
        self.begin()

    def begin(self) -> None:
        self.reset_parameters()

    def reset_parameters(self) -> None:
        initialization.uniform_(self.W, -0.5, 0.5)
        initialization.uniform_(self.U, -0.5, 0.5)
        initialization.zeros_(self.b)

    def project(self, x: Tensor) -> Tensor:
        return x @ self.W.T + self.b

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        h = torch.tanh(p + self.scale * (state[0] @ self.U.T))
        return h, (h,)


def fails_only(check: str, cell: type[Cell]) -> str:
    """Run the whole kit on a cell, assert that it fails exactly this check, and return what the check found."""
    report = check_cell(cell)
    assert [result.id for result in report.results if result.status == "failed"] == [check], str(report)
    return reason(report, check)


def reason(report: Report, check: str) -> str:
    return next(result.reason for result in report.results if result.id == check)
