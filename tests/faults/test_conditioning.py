"""How far a cell carries a rounding, where it is known."""

import torch
from torch import Tensor

from seqkit.cells import Cell, State
from seqkit.engine import run
from tests.faults.conditioning import reach


class Tripling(Cell):
    """h_t = 3 h_{t-1} + x_t"""

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        h = 3 * state[0] + p
        return h, (h,)


def test_the_reach_of_a_rounding_is_the_sum_of_what_becomes_of_each() -> None:
    x = torch.ones(2, 3, 1, dtype=torch.float64)
    cell = Tripling(1, 1).double()
    (found,) = reach(lambda: [run(cell, x, (x[:, 0] * 0,), plan="loop")[0]])
    # h = 1, 4, 13. At the end x_t counts 3^(3-t) times, and the state before it 3 times as much.
    assert found[:, :, 0].round(decimals=6).tolist() == [[1, 3 * 1 + (1 + 3 * 1), 9 * 1 + 3 * (1 + 3) + (1 + 12)]] * 2
