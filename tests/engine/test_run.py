from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seqkit.cells.base import Cell
from seqkit.engine import PLANS, Noise, choose, run
from seqkit.engine.fused import fused
from seqkit.engine.run import obstacle
from seqkit.errors import ConfigError
from tests.cases import CELL_OPTIONS, CELLS, MASKS, gradients, make_cell, make_state, rows, same

SHAPES = [(2, 0, 3, 4), (2, 1, 3, 4), (3, 2, 3, 4), (1, 5, 3, 4), (2, 5, 3, 1), (2, 5, 1, 4), (1, 1, 1, 1)]
"""B, T, D, H."""

TORCH = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def everything(cell: Cell, x: Tensor, state: tuple[Tensor, ...], mask: Tensor | None, **how: Any) -> dict[str, Tensor]:
    """Return outputs, final states and all gradients of a random but fixed scalar, by name."""
    x, state = x.clone().requires_grad_(), tuple(t.clone().requires_grad_() for t in state)
    y, final = run(cell, x, state, mask, **how)
    generator = torch.Generator().manual_seed(7)
    loss = sum((t * torch.randn(t.shape, generator=generator).to(t.dtype)).sum() for t in (y, *final))
    leaves = {"x": x, **{f"state{i}": t for i, t in enumerate(state)}, **dict(cell.named_parameters())}
    grads = {f"gradient of {name}": grad for name, grad in gradients(loss, leaves).items()}
    return {"y": y, **{f"final{i}": t for i, t in enumerate(final)}, **grads}


def fast_plans(cell: Cell) -> list[str]:
    """Return the plans that can run a cell, but for the loop; `compiled` has tests of its own, for it takes longer."""
    return [plan for plan in PLANS if plan not in ("loop", "compiled") and obstacle(cell, plan, Noise()) is None]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("name", "options"), CELL_OPTIONS)
def test_plans_agree_on_full_rows(name: str, options: dict, shape: tuple[int, ...]) -> None:
    batch, length, width, hidden = shape
    cell = make_cell(name, width, hidden, **options)
    x, state = torch.randn(batch, length, width), make_state(cell, batch)
    for plan, reverse in product(fast_plans(cell), (False, True)):
        expected = everything(cell, x, state, None, plan="loop", reverse=reverse)
        same(everything(cell, x, state, None, plan=plan, reverse=reverse), expected)


@pytest.mark.parametrize("side", MASKS)
@pytest.mark.parametrize(("name", "options"), CELL_OPTIONS)
def test_plans_agree_on_ragged_rows(name: str, options: dict, side: str) -> None:
    cell, mask = make_cell(name, **options), torch.tensor(MASKS[side]).bool()
    x, state = torch.where(mask[..., None], torch.randn(4, 5, 3), torch.nan), make_state(cell, 4)
    for plan, reverse in product(fast_plans(cell), (False, True)):
        expected = everything(cell, x, state, mask, plan="loop", reverse=reverse)
        assert all(torch.isfinite(tensor).all() for tensor in expected.values())
        same(everything(cell, x, state, mask, plan=plan, reverse=reverse), expected)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("plan", ["loop", "auto"])
@pytest.mark.parametrize("side", MASKS)
@pytest.mark.parametrize("name", CELLS)
def test_a_row_alone_is_the_row_in_a_batch(name: str, side: str, plan: str, reverse: bool) -> None:
    cell, mask = make_cell(name, dtype=torch.float64), torch.tensor(MASKS[side]).bool()
    x = torch.where(mask[..., None], torch.randn(4, 5, 3, dtype=torch.float64), torch.nan)
    state = make_state(cell, 4)
    y, final = run(cell, x, state, mask, plan=plan, reverse=reverse)
    assert not y[~mask].any()
    for index, places in rows(mask):
        own = tuple(t[index : index + 1] for t in state)
        alone, last = run(cell, x[index : index + 1, places], own, plan=plan, reverse=reverse)
        torch.testing.assert_close(y[index : index + 1, places], alone)
        for whole, part in zip(final, last, strict=True):
            torch.testing.assert_close(whole[index : index + 1], part)


@pytest.mark.parametrize("plan", ["loop", "auto"])
@pytest.mark.parametrize("cut", [0, 1, 3, 5])
@pytest.mark.parametrize("side", [None, *MASKS])
@pytest.mark.parametrize("name", CELLS)
def test_chunks_with_carried_state_are_the_whole(name: str, side: str | None, cut: int, plan: str) -> None:
    cell, mask = make_cell(name), None if side is None else torch.tensor(MASKS[side]).bool()
    x, state = torch.randn(4, 5, 3), make_state(cell, 4)
    whole, end = run(cell, x, state, mask, plan=plan)
    first, between = run(cell, x[:, :cut], state, None if mask is None else mask[:, :cut], plan=plan)
    second, last = run(cell, x[:, cut:], between, None if mask is None else mask[:, cut:], plan=plan)
    same({"y": torch.cat([first, second], 1)}, {"y": whole})
    same(dict(enumerate(last)), dict(enumerate(end)))


@pytest.mark.parametrize("plan", ["loop", "fused"])
@pytest.mark.parametrize("side", [None, "left", "scattered", "empty"])
def test_leaving_the_final_state_out_changes_no_output(side: str | None, plan: str) -> None:
    cell, mask = make_cell("lstm"), None if side is None else torch.tensor(MASKS[side]).bool()
    x = torch.randn(4, 5, 3)
    y, _ = run(cell, x, None, mask, plan=plan)
    torch.testing.assert_close(run(cell, x, None, mask, plan=plan, need_state=False)[0], y)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", [name for name in CELLS if name in TORCH])
def test_outputs_and_gradients_are_those_of_torchs_modules(name: str, bias: bool) -> None:
    cell = make_cell(name, bias=bias)
    module = TORCH[name](3, 4, bias=bias, batch_first=True)
    module.load_state_dict({f"{key}_l0": tensor for key, tensor in cell.state_dict().items()})
    x = torch.randn(2, 5, 3)
    y, final = module(x)
    final = final if isinstance(final, tuple) else (final,)
    grads = gradients(y.square().sum(), {key.removesuffix("_l0"): p for key, p in module.named_parameters()})
    for plan in ("loop", "fused"):
        found, state = run(cell, x, plan=plan)
        same({"y": found, **dict(enumerate(state))}, {"y": y, **{i: t[0] for i, t in enumerate(final)}})
        same(gradients(found.square().sum(), dict(cell.named_parameters())), grads)


@pytest.mark.parametrize("plan", ["loop", "auto"])
@pytest.mark.parametrize("name", CELLS)
def test_no_step_sees_what_comes_after_it(name: str, plan: str) -> None:
    cell, x = make_cell(name), torch.randn(1, 5, 3)
    changed = x.clone()
    changed[:, 3:] += 1
    a, b = run(cell, x, plan=plan)[0], run(cell, changed, plan=plan)[0]
    torch.testing.assert_close(a[:, :3], b[:, :3])
    assert not torch.allclose(a[:, 3:], b[:, 3:])


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("plan", ["loop", "auto"])
@pytest.mark.parametrize("name", CELLS)
def test_autocast_is_finite_and_near(name: str, plan: str, masked: bool) -> None:
    cell, x = make_cell(name), torch.randn(4, 5, 3)
    mask = torch.tensor(MASKS["left"]).bool() if masked else None
    exact, _ = run(cell, x, None, mask, plan=plan)
    for given in (x, x.bfloat16()):
        with torch.autocast("cpu", torch.bfloat16):
            y, final = run(cell, given, None, mask, plan=plan)
            again, _ = run(cell, given, final, mask, plan=plan)
        torch.testing.assert_close(y.float(), exact, atol=0.05, rtol=0.05)
        assert {t.dtype for t in final} == {torch.float32}
        assert torch.isfinite(again).all()
        grads = gradients(y.float().sum(), dict(cell.named_parameters()))
        assert all(torch.isfinite(grad).all() for grad in grads.values())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
@pytest.mark.parametrize("plan", ["loop", "auto"])
@pytest.mark.parametrize("name", CELLS)
def test_other_dtypes_stay_what_they_are(name: str, plan: str, dtype: torch.dtype) -> None:
    cell, mask = make_cell(name, dtype=dtype), torch.tensor(MASKS["scattered"]).bool()
    for given in (None, mask):
        y, final = run(cell, torch.randn(4, 5, 3, dtype=dtype), None, given, plan=plan)
        assert {t.dtype for t in (y, *final)} == {dtype}
        assert torch.isfinite(y).all()


@pytest.mark.parametrize("plan", ["loop", "auto"])
@pytest.mark.parametrize("name", CELLS)
def test_a_batch_of_no_rows_is_legal(name: str, plan: str) -> None:
    y, final = run(make_cell(name), torch.randn(0, 5, 3), plan=plan)
    assert y.shape == (0, 5, 4)
    assert {t.shape[0] for t in final} == {0}


def test_the_plan_must_exist_and_be_able() -> None:
    with pytest.raises(ConfigError, match=r"'swift'.*loop"):
        choose(make_cell("gru"), "swift")
    with pytest.raises(ConfigError, match=r"'fused' cannot run: .*no torch kernel"):
        choose(Cell(1, 1), "fused")
    with pytest.raises(ConfigError, match="zoneout"):
        choose(make_cell("gru"), "fused", Noise(zoneout=0.1))
    with pytest.raises(ConfigError, match=r"'scan' cannot run: GRU is not declared linear"):
        choose(make_cell("gru"), "scan")


def test_the_choice_tells_its_reason() -> None:
    assert choose(make_cell("gru")).plan == "fused"
    assert "no torch kernel" in choose(Cell(1, 1)).reason
    assert "zoneout" in choose(make_cell("gru"), "auto", Noise(zoneout=0.1), torch.zeros(1, 2, 3)).reason
    assert choose(make_cell("gru"), "loop").reason == "asked for"


@pytest.mark.parametrize(
    ("length", "learning", "called"), [(1, True, 0), (2, True, 1), (8, False, 0), (9, False, 1)], ids=str
)
def test_a_kernel_is_called_where_it_is_worth_its_preparations(
    length: int, learning: bool, called: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def counted(cell: Cell, x: Tensor, *rest: Any) -> Any:
        calls.append(x.shape[1])
        return fused(cell, x, *rest)

    monkeypatch.setitem(run.__globals__, "fused", counted)  # the package gives the function the name of its module
    cell, x = make_cell("lstm"), torch.randn(2, length, 3)
    with torch.set_grad_enabled(learning):
        y, _ = run(cell, x)
    assert len(calls) == called
    torch.testing.assert_close(y, run(cell, x, plan="loop")[0])
