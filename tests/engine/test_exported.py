"""The loop that `torch.export` records is the loop."""

import torch
from torch import Tensor, nn

from seqkit.cells.base import Cell
from seqkit.engine.exported import exported, exported_scan
from seqkit.engine.loop import loop
from seqkit.engine.run import run
from tests.cases import MASKS, make_cell, make_state, same

B, T = torch.export.Dim("B"), torch.export.Dim("T")


class Runner(nn.Module):
    """A cell run by the engine: x (B, T, 3), mask and state in; outputs and state out."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor, mask: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        y, final = run(self.cell, x, state, mask, plan="loop")
        return y, *(final or ())


def test_it_gives_what_the_loop_gives_for_every_kind_of_padding() -> None:
    cell = make_cell("lstm")
    state = make_state(cell, 4)
    for rows in MASKS.values():
        mask, x = torch.tensor(rows).bool(), torch.randn(4, 5, 3)
        for zoneout in (0.0, 0.3):
            y, final = exported(cell, x, state, mask, zoneout)
            expected, end = loop(cell, x, state, mask, zoneout)
            found = {"y": y[mask], **{f"state {i}": s for i, s in enumerate(final)}}
            same(found, {"y": expected[mask], **{f"state {i}": s for i, s in enumerate(end)}})


def test_a_cell_that_nobody_knows_is_exported_for_any_length() -> None:
    runner = Runner(make_cell("gru")).eval()
    state = make_state(runner.cell, 3)
    given = torch.randn(3, 6, 3), torch.ones(3, 6, dtype=torch.bool), *state
    shapes = {0: B, 1: T}, {0: B, 1: T}, ({0: B},)
    program = torch.export.export(runner, given, dynamic_shapes=shapes).module()
    for length in (1, 17):
        mask = torch.rand(3, length) > 0.4
        x = torch.randn(3, length, 3)
        found, expected = program(x, mask, *state), runner(x, mask, *state)
        same(dict(enumerate(found)), dict(enumerate(expected)))


def test_one_step_is_written_out() -> None:
    runner = Runner(make_cell("gru")).eval()
    given = torch.randn(3, 1, 3), torch.ones(3, 1, dtype=torch.bool), *make_state(runner.cell, 3)
    program = torch.export.export(runner, given, dynamic_shapes=({0: B}, {0: B}, ({0: B},)))
    assert "scan" not in str(program.graph)
    same(dict(enumerate(program.module()(*given))), dict(enumerate(runner(*given))))


def test_a_linear_recurrence_is_scanned() -> None:
    a, b, h = torch.rand(2, 5, 3), torch.randn(2, 5, 3), torch.randn(2, 3)
    found = exported_scan(a, b, h)
    for t in range(5):
        h = a[:, t] * h + b[:, t]
        torch.testing.assert_close(found[:, t], h)
