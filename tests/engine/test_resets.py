"""Documents inside rows: each gives what it gives alone, under every plan, in both directions, gradients included."""

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from seqkit.cells.base import Cell, State
from seqkit.engine import run
from seqkit.engine.resets import Pieces
from seqkit.engine.run import PLANS, Noise, obstacle
from tests.cases import CELLS, make_cell, make_state

RESETS = torch.tensor(
    [[0, 0, 0, 1, 0, 1, 0], [1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0, 1]]
).bool()
MASK = torch.tensor([[1, 1, 1, 1, 0, 1, 1], [1, 0, 1, 1, 1, 1, 0], [0, 0, 1, 1, 1, 1, 1], [1, 1, 0, 1, 1, 1, 0]]).bool()
RUNS = [
    (cell, plan) for cell in CELLS for plan in PLANS if plan == "loop" or not obstacle(make_cell(cell), plan, Noise())
]


def documents(cell: Cell, x: Tensor, state: State, fresh: State, mask: Tensor | None, reverse: bool) -> Any:
    """Run every document by itself, row by row: what resets must equal."""
    outputs, finals = [], []
    for b in range(len(x)):
        borders = [0, *RESETS[b, 1:].nonzero()[:, 0].add(1).tolist(), x.shape[1]]
        spans = list(pairwise(borders))
        row = tuple(s[b : b + 1] for s in (fresh if RESETS[b, 0] and not reverse else state))
        found = {}
        for number, (begin, end) in enumerate(spans[::-1] if reverse else spans):
            row = tuple(s[b : b + 1] for s in fresh) if number else row
            part = None if mask is None else mask[b : b + 1, begin:end]
            found[begin], row = run(cell, x[b : b + 1, begin:end], row, part, reverse=reverse, plan="loop")
        outputs.append(torch.cat([found[begin] for begin, _ in spans], 1))
        finals.append(row)
    return torch.cat(outputs), tuple(torch.cat(parts) for parts in zip(*finals, strict=True))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("name", "plan"), RUNS)
def test_a_document_gives_what_it_gives_alone(name: str, plan: Any, masked: bool, reverse: bool) -> None:
    cell, x = make_cell(name), torch.randn(4, 7, 3)
    state, fresh = make_state(cell, 4), make_state(cell, 4)
    mask = MASK if masked else None
    leaves = [x, *state, *fresh, *cell.parameters()]
    found = []
    for which in range(2):
        for leaf in leaves:
            leaf.requires_grad_(True).grad = None
        if which:
            y, final = run(cell, x, state, mask, reverse=reverse, plan=plan, resets=RESETS, fresh=fresh)
        else:
            y, final = documents(cell, x, state, fresh, mask, reverse)
        (y.sin().sum() + sum(s.cos().sum() for s in final)).backward()
        found.append([y, *final, *(torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves)])
    for index, (ours, theirs) in enumerate(zip(found[1], found[0], strict=True)):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5, msg=lambda text, index=index: f"{index}: {text}")


def test_the_state_before_a_reset_has_no_gradient() -> None:
    cell, x = make_cell("lstm"), torch.randn(1, 4, 3, requires_grad=True)
    y, _ = run(cell, x, resets=torch.tensor([[False, False, True, False]]))
    y[:, 2:].sum().backward()
    assert not x.grad[:, :2].any()
    assert x.grad[:, 2:].all()


def test_without_a_state_to_go_back_to_it_is_the_cells_own() -> None:
    cell, x = make_cell("gru"), torch.randn(2, 5, 3)
    resets = torch.zeros(2, 5, dtype=torch.bool)
    resets[:, 3] = True
    y, final = run(cell, x, make_state(cell, 2), resets=resets)
    alone, end = run(cell, x[:, 3:])
    torch.testing.assert_close(y[:, 3:], alone)
    torch.testing.assert_close(final, end)


def test_zoneout_keeps_the_masks_of_the_row() -> None:
    # Masks are drawn for rows and then cut: before the first reset nothing may change.
    cell, x = make_cell("gru").train(), torch.randn(2, 6, 3)
    resets = torch.zeros(2, 6, dtype=torch.bool)
    resets[:, 4] = True
    found = []
    for given in (None, resets):
        torch.manual_seed(0)
        found.append(run(cell, x, noise=Noise(zoneout=0.5), resets=given)[0])
    torch.testing.assert_close(found[0][:, :4], found[1][:, :4])
    assert not torch.allclose(found[0][:, 4:], found[1][:, 4:])


def test_pieces_are_as_few_and_as_short_as_can_be() -> None:
    pieces = Pieces.of(RESETS)
    assert pieces.real.sum(1).tolist() == [3, 2, 2, 7, 7, 1, 1, 4, 1]
    assert pieces.row.tolist() == [0, 0, 0, 1, 2, 3, 3, 3, 3]
    assert pieces.carried.tolist() == [True, False, False, False, True, True, False, False, False]
    assert pieces.last.tolist() == [2, 3, 4, 8]
