"""Checks of a cell as it runs over time: shapes, plans, chunks, padding, and who may see whom."""

import torch
from torch import Tensor

from seqkit.cells.base import Cell
from seqkit.engine import Plan
from seqkit.testing.cell.bench import B, CellBench, D, H, T, follow, gradients, inputs, leaves, plans, start
from seqkit.testing.cell.registry import CELL_CHECKS
from seqkit.testing.compare import all_same, same

HUGE = 1e4


@CELL_CHECKS("shape-dtype")
def shape_dtype(bench: CellBench) -> None:
    """Outputs are (B, H), every state keeps its shape (B, ·), and all have the dtype of the parameters."""
    for dtype in (torch.float32, torch.float64):
        cell = bench.make(dtype)
        before, p = cell.init_state(B), cell.project(inputs(dtype))
        assert isinstance(before, tuple), f"init_state gives a {type(before).__name__}; expected a tuple of tensors"
        assert p.shape[:-1] == (B, T), f"project gives {tuple(p.shape)}; expected ({B}, {T}, ·)"
        h, after = cell.step(p[:, 0], before)
        assert h.shape == (B, H), f"step gives an output {tuple(h.shape)}; expected ({B}, {H})"
        shapes = [tuple(tensor.shape) for tensor in before]
        assert all(shape[:1] == (B,) for shape in shapes), f"init_state gives {shapes}; the batch comes first"
        assert [tuple(tensor.shape) for tensor in after] == shapes, f"step changes the shapes of its state, {shapes}"
        found = {tensor.dtype for tensor in (p, h, *before, *after)}
        assert found == {dtype}, f"with parameters in {dtype} there is {', '.join(map(str, found))}"


@CELL_CHECKS("step-equals-run")
def step_equals_run(bench: CellBench) -> None:
    """One token at a time without gradients, as when writing, gives what the whole sequence gives in training."""
    cell, x = bench.make(), inputs()
    expected, final = follow(cell, x)
    state, outputs = cell.init_state(B), []
    with torch.no_grad():
        for t in range(T):
            h, state = cell.step(cell.project(x[:, t : t + 1])[:, 0], state)
            outputs.append(h)
    same("outputs of single steps", torch.stack(outputs, 1), expected)
    all_same("the state after single steps", state, final)


@CELL_CHECKS("plans-agree")
def plans_agree(bench: CellBench) -> None:
    """Every plan that can run the cell gives the outputs, final states and gradients of the loop."""
    cell, x = bench.make(), inputs()
    expected: dict[str, list[Tensor]] = {}
    for plan in plans(cell):
        state = start(cell)
        y, final = follow(cell, x, state, plan)
        found = {"outputs": [y], "states": list(final)}
        found["gradients"] = gradients([y, *final], [x, *state, *leaves(cell)])
        expected = expected or found
        for what, tensors in found.items():
            all_same(f"{what} of plan {plan!r}", tensors, expected[what])


@CELL_CHECKS("chunked-carry")
def chunked_carry(bench: CellBench) -> None:
    """A sequence fed in two parts with the carried state gives what the whole gives."""
    cell, x = bench.make(), inputs()
    expected, last = follow(cell, x, plan="auto")
    first, state = follow(cell, x[:, :3], plan="auto")
    second, final = follow(cell, x[:, 3:], state, "auto")
    same("outputs in two parts", torch.cat([first, second], 1), expected)
    all_same("the state after two parts", final, last)


@CELL_CHECKS("padding-invariance")
def padding_invariance(bench: CellBench) -> None:
    """A row padded with NaN, left or right, gives the outputs, state and gradients of the row alone."""
    cell = bench.make()
    rows = [torch.randn(length, D).requires_grad_() for length in (T, 4, 2)]
    for plan in plans(cell):
        for reverse in (False, True):
            expected = _alone(cell, rows, plan, reverse)
            slopes = gradients(expected, [*rows, *leaves(cell)])
            for side in ("left", "right"):
                found = _padded(cell, rows, plan, reverse, side)
                all_same(f"results of plan {plan!r}, padded {side}", found, expected)
                found = gradients(found, [*rows, *leaves(cell)])
                all_same(f"gradients of plan {plan!r}, padded {side}", found, slopes)


@CELL_CHECKS("causality")
def causality(bench: CellBench) -> None:
    """What comes later, however large, changes no earlier output."""
    cell, x = bench.make(), inputs()
    other = x.detach().clone()
    other[:, 3:] = HUGE * torch.randn(B, T - 3, D)
    same("outputs before what was changed", follow(cell, other)[0][:, :3], follow(cell, x)[0][:, :3])


@CELL_CHECKS("batch-independence")
def batch_independence(bench: CellBench) -> None:
    """What stands in the other rows, or whether there are any, changes nothing in a row."""
    cell, x = bench.make(), inputs()
    expected, final = follow(cell, x)
    other = x.detach().clone()
    other[1:] = HUGE * torch.randn(B - 1, T, D)
    same("the outputs of a row among other rows", follow(cell, other)[0][0], expected[0])
    y, alone = follow(cell, x[:1])
    same("the outputs of a row alone", y[0], expected[0])
    all_same("the state of a row alone", alone, [tensor[:1] for tensor in final])


@CELL_CHECKS("length-one")
def length_one(bench: CellBench) -> None:
    """One row of one token gives what the same token gives at the head of a longer batch."""
    cell, x = bench.make(), inputs()
    same("the output of one token", follow(cell, x[:1, :1])[0], follow(cell, x)[0][:1, :1])


@CELL_CHECKS("length-zero")
def length_zero(bench: CellBench) -> None:
    """No tokens, or none that are real, leave the state exactly as it was."""
    cell, x = bench.make(), inputs()
    mask = torch.ones(B, T, dtype=torch.bool)
    mask[1] = False
    for plan in plans(cell):
        state = start(cell)
        y, final = follow(cell, x[:, :0], state, plan)
        assert y.shape == (B, 0, H), f"no tokens give outputs {tuple(y.shape)}; expected ({B}, 0, {H})"
        all_same("the state after no tokens", final, state, tolerance=0)
        _, final = follow(cell, x, state, plan, mask=mask)
        all_same("the state after a row of padding", [t[1] for t in final], [t[1] for t in state], tolerance=0)


@CELL_CHECKS("state-reorder")
def state_reorder(bench: CellBench) -> None:
    """The state is all that is remembered: its rows taken in another order, as by beam search, go on as those rows."""
    cell, x = bench.make(), inputs()
    order = torch.tensor([2, 0, 0])
    _, state = follow(cell, x[order, :3])
    expected, _ = follow(cell, x[order, 3:], state)
    _, state = follow(cell, x[:, :3])
    found, _ = follow(cell, x[order, 3:], tuple(tensor.index_select(0, order) for tensor in state))
    same("outputs after the rows changed places", found, expected)


def _alone(cell: Cell, rows: list[Tensor], plan: Plan, reverse: bool) -> list[Tensor]:
    """Run each row (T', D) by itself: all outputs, then the states (B, ·)."""
    runs = [follow(cell, row[None], plan=plan, reverse=reverse) for row in rows]
    states = zip(*(final for _, final in runs), strict=True)
    return [*(y[0] for y, _ in runs), *(torch.cat(tensors) for tensors in states)]


def _padded(cell: Cell, rows: list[Tensor], plan: Plan, reverse: bool, side: str) -> list[Tensor]:
    """Run the rows in one batch, NaN where they are short: what `_alone` gives."""
    fill = [torch.full((T - len(row), D), torch.nan) for row in rows]
    pairs = zip(rows, fill, strict=True)
    x = torch.stack([torch.cat([pad, row] if side == "left" else [row, pad]) for row, pad in pairs])
    mask = ~x.isnan().any(-1)
    y, final = follow(cell, x, plan=plan, mask=mask, reverse=reverse)
    return [*(y[i, mask[i]] for i in range(len(rows))), *final]
