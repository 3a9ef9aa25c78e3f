"""The plan `compiled` against the loop: outputs, final states and every gradient."""

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmarks.equations import LayerNormLSTM, PeepholeLSTM, PlainLSTM, PlainMinGRU, ResetFirstGRU
from seqkit.cells.base import Cell
from seqkit.engine import Noise, choose, run
from seqkit.engine import compiled as module
from seqkit.engine.build import BuildError, compiler
from seqkit.engine.compiled import compiled, hindrance, runs, swaps, too_small, uncompilable
from seqkit.errors import ConfigError
from tests.cases import CELLS, MASKS, make_cell, make_state, same
from tests.engine.test_run import everything

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C++ compiler is found")

EQUATIONS = [PlainLSTM, LayerNormLSTM, PeepholeLSTM, PlainMinGRU, ResetFirstGRU]
SHAPES = [(3, 5, 3, 4), (1, 1, 1, 1), (2, 4, 3, 1), (1, 6, 2, 5)]
"""B, T, D, H."""


class Odd(Cell):
    """Does what cells may do: a buffer, a constant, slices, an output that is no state, a state that it never reads."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight = nn.Parameter(torch.randn(hidden_size, hidden_size))
        self.input = nn.Linear(input_size, hidden_size + 2)
        self.scale = nn.Parameter(torch.tensor(0.7))
        self.register_buffer("decay", torch.linspace(0.1, 0.9, hidden_size))

    def init_state(self, batch_size: int) -> tuple[Tensor, ...]:
        return self.zeros(batch_size), self.zeros(batch_size, 1), self.zeros(batch_size)

    def project(self, x: Tensor) -> Tensor:
        return self.input(x)

    def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        h, count, _ = state
        u = torch.relu(h) @ self.weight + p[:, 2:] * torch.tensor(2.0)
        gate = torch.softmax(p[:, :2], -1)
        new = self.decay * h + gate[:, :1] * torch.nn.functional.silu(u) + gate[:, 1:] * self.scale
        new = torch.where(new > 1, new.clamp(max=3.0) * 0.5, new) / (1 + new.pow(2).mean(-1, keepdim=True)).sqrt()
        return torch.cat([new, -new], -1)[:, 1 : self.hidden_size + 1], (new, count + 1, torch.exp(-h.abs()))


def written(kind: type[Cell], width: int = 3, hidden: int = 4, dtype: torch.dtype = torch.float32) -> Cell:
    """Make a cell whose every parameter is random."""
    cell = kind(width, hidden).to(dtype)
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -0.7, 0.7)
    return cell


def agree(cell: Cell, batch: int, length: int, mask: Tensor | None = None, **how: Any) -> None:
    """Hold the plan to the loop."""
    dtype = next(cell.parameters()).dtype
    x, state = torch.randn(batch, length, cell.input_size, dtype=dtype), make_state(cell, batch)
    if mask is not None:
        x = torch.where(mask[..., None], x, torch.nan)
    found = []
    for plan in ("loop", "compiled"):
        torch.manual_seed(3)
        found.append(everything(cell, x, state, mask, plan=plan, **how))
    assert all(torch.isfinite(tensor).all() for tensor in found[0].values())
    same(found[1], found[0])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", EQUATIONS)
def test_cells_in_plain_equations_agree_with_the_loop(kind: type[Cell], shape: tuple[int, ...]) -> None:
    batch, length, width, hidden = shape
    agree(written(kind, width, hidden), batch, length)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("side", MASKS)
@pytest.mark.parametrize("kind", EQUATIONS)
def test_ragged_rows_agree_with_the_loop(kind: type[Cell], side: str, reverse: bool) -> None:
    agree(written(kind), 4, 5, torch.tensor(MASKS[side]).bool(), reverse=reverse)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", CELLS)
def test_built_in_cells_agree_with_the_loop(name: str, masked: bool) -> None:
    agree(make_cell(name), 4, 5, torch.tensor(MASKS["scattered"]).bool() if masked else None)


@pytest.mark.parametrize("masked", [False, True])
def test_all_that_a_cell_may_do(masked: bool) -> None:
    agree(written(Odd), 4, 5, torch.tensor(MASKS["left"]).bool() if masked else None)


NOISES = [Noise(weight_dropout=0.5), Noise(recurrent_dropout=0.5), Noise(zoneout=0.3), Noise(0.3, 0.3, 0.3)]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("noise", NOISES, ids=str)
def test_one_seed_gives_the_loops_noise(noise: Noise, training: bool) -> None:
    for name in ("gru", "lstm"):
        agree(make_cell(name).train(training), 4, 5, torch.tensor(MASKS["right"]).bool(), noise=noise)


@pytest.mark.parametrize("kind", EQUATIONS)
def test_gradients_are_exact(kind: type[Cell]) -> None:
    cell = written(kind, 2, 3, torch.float64)
    x, state = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True), make_state(cell, 2)
    state = tuple(t.requires_grad_() for t in state)

    def whole(x: Tensor, *tensors: Tensor) -> tuple[Tensor, ...]:
        y, final = compiled(cell, x, tensors[: len(state)], None)
        return y, *final

    assert torch.autograd.gradcheck(whole, (x, *state, *cell.parameters()))


@pytest.mark.parametrize("kind", EQUATIONS)
@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_inference_agrees_and_keeps_no_history(kind: type[Cell], context: Any) -> None:
    cell, x = written(kind), torch.randn(3, 6, 3)
    for length in (1, 5, 6):
        with context():
            y, final = run(cell, x[:, :length], plan="compiled")
        expected, end = run(cell, x[:, :length], plan="loop")
        same({"y": y, **dict(enumerate(final))}, {"y": expected.detach(), **{i: t.detach() for i, t in enumerate(end)}})


def test_only_some_gradients_are_wanted() -> None:
    cell, x = written(PlainLSTM), torch.randn(2, 5, 3)
    cell.recurrent.weight.requires_grad_(False)
    found = []
    for plan in ("loop", "compiled"):
        run(cell, x, plan=plan)[0].square().sum().backward()
        found.append({name: p.grad for name, p in cell.named_parameters() if p.requires_grad})
        cell.zero_grad()
    same(found[1], found[0])
    for parameter in cell.parameters():
        parameter.requires_grad_(False)
    y, _ = run(cell, x, plan="compiled")
    assert not y.requires_grad
    torch.testing.assert_close(y, run(cell, x, plan="loop")[0])


def test_a_weight_may_be_made_with_an_identity_matrix() -> None:
    class Antisymmetric(Cell):
        def __init__(self, input_size: int, hidden_size: int) -> None:
            super().__init__(input_size, hidden_size)
            self.weight = nn.Parameter(torch.randn(hidden_size, hidden_size))

        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            rotation = self.weight - self.weight.T - 0.1 * torch.eye(self.hidden_size, dtype=p.dtype)
            h = state[0] + 0.5 * torch.tanh(p + state[0] @ rotation)
            return h, (h,)

    agree(written(Antisymmetric, 4), 3, 5)


def test_products_may_come_in_any_order() -> None:
    class Backwards(Cell):
        def __init__(self, input_size: int, hidden_size: int) -> None:
            super().__init__(input_size, hidden_size)
            self.weight = nn.Parameter(torch.randn(4, hidden_size, hidden_size))

        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            first, second, third, fourth = self.weight
            deep = torch.tanh((torch.sigmoid(p @ first) * state[0]) @ second)  # the second product needs the first
            h = deep + 0.5 * torch.tanh(state[0] @ third) + 0.3 * torch.sin((p * state[0]) @ fourth)
            return h, (h,)

    agree(written(Backwards, 4), 3, 5)
    agree(written(Backwards, 4), 4, 5, torch.tensor(MASKS["left"]).bool())


def test_one_program_serves_every_batch_and_length() -> None:
    cell = written(PlainLSTM)
    for batch, length in ((2, 3), (1, 1), (5, 2), (40, 9)):
        agree(cell, batch, length)
    assert len(module._known[cell]) == 1


def test_training_mode_and_plain_attributes_are_seen() -> None:
    class Leaky(Cell):
        rate = 0.5

        def __init__(self, width: int, hidden: int) -> None:
            super().__init__(width, hidden)
            self.leak = 0.5

        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            h = self.leak * state[0] + (2 * p if self.training else p)
            return h, (h,)

    cell, x = Leaky(4, 4), torch.randn(2, 5, 4)
    for training, leak in ((True, 0.5), (False, 0.5), (False, 0.1)):
        cell.train(training).leak = leak
        torch.testing.assert_close(run(cell, x, plan="compiled")[0], run(cell, x, plan="loop")[0])


def test_what_no_kernel_can_do_runs_as_a_loop_and_says_why() -> None:
    class Mixing(Cell):
        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            h = p + state[0].sum(0, keepdim=True)
            return h, (h,)

    class Changing(Cell):
        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            h = p @ (state[0].t() @ p)
            return h, (h,)

    class Drawing(Cell):
        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            h = p + torch.bernoulli(torch.full_like(p, 0.5))
            return h, (h,)

    class Deep(Cell):
        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            h = (p.reshape(-1, 2, 2).transpose(1, 2).reshape(-1, 4)) + state[0]
            return h, (h,)

    class Asking(Cell):
        def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            h = p if bool(p.sum() > 0) else state[0]
            return h, (h,)

    reasons = {
        Mixing: "across the rows",
        Changing: "changes with time",
        Drawing: "random",
        Deep: "shape",
        Asking: "traced",
    }
    for kind, reason in reasons.items():
        cell = kind(4, 4)
        assert reason in (uncompilable(cell) or "")
        assert reason in choose(cell).reason
        assert choose(cell).plan == "loop"
        with pytest.raises(ConfigError, match=reason):
            run(cell, torch.randn(2, 5, 4), plan="compiled")
        run(cell, torch.randn(200, 50, 4))


def test_auto_compiles_only_what_is_worth_it() -> None:
    cell = written(PlainLSTM)
    assert choose(cell, x=torch.empty(2, 5, 3)).plan == "loop"
    assert "too few" in choose(cell, x=torch.empty(2, 5, 3)).reason
    assert choose(cell, x=torch.empty(32, 64, 3)).plan == "compiled"
    with torch.no_grad():
        assert choose(cell, x=torch.empty(32, 64, 3)).plan == "loop"
        assert choose(cell, x=torch.empty(32, 256, 3)).plan == "compiled"
    assert "tokens" in choose(cell).reason
    assert choose(make_cell("lstm"), x=torch.empty(32, 64, 3)).plan == "fused"
    assert too_small(torch.empty(9999, 1, 3)) is not None


def test_without_a_compiler_there_is_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqkit.engine.cpp.compiler", lambda: None)
    cell, x = written(PlainLSTM), torch.randn(32, 64, 3)
    assert "no C++ compiler" in choose(cell).reason
    assert run(cell, x)[0].shape == (32, 64, 4)
    with pytest.raises(ConfigError, match=r"no C\+\+ compiler"):
        run(cell, x, plan="compiled")


def test_a_compiler_that_fails_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fail(*args: Any) -> None:
        asked.append(args)
        raise BuildError("it fails")

    monkeypatch.setattr(module, "link", fail)
    cell, x = written(PlainLSTM), torch.randn(32, 64, 3)
    for _ in range(3):
        torch.testing.assert_close(run(cell, x)[0], run(cell, x, plan="loop")[0])
    assert len(asked) == 1
    assert "it fails" in choose(cell).reason


def test_inputs_that_are_not_for_it() -> None:
    cell, x = written(PlainLSTM), torch.randn(2, 5, 3)
    state = cell.init_state(2)
    assert hindrance(cell, x, state) is None
    assert "bfloat16" in (hindrance(cell, x.bfloat16(), state) or "")
    assert "meta" in (hindrance(cell, x.to("meta"), state) or "")
    with torch.autocast("cpu", torch.bfloat16):
        assert "autocast" in (hindrance(cell, x, state) or "")
        with pytest.raises(ConfigError, match="autocast"):
            run(cell, x, plan="compiled")
        assert run(cell, x.repeat(20, 20, 1))[0].shape == (40, 100, 4)
    assert not runs(torch.empty(0, 5, 3))
    assert run(cell, torch.empty(2, 0, 3), plan="compiled")[0].shape == (2, 0, 4)


class Run(nn.Module):
    """A module around a cell, as `torch.export` wants one."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor) -> Tensor:
        return run(self.cell, x, plan="compiled")[0]


def test_tracers_and_transforms_see_the_loop() -> None:
    cell, x = written(PlainLSTM), torch.randn(2, 5, 3)
    expected = run(cell, x, plan="loop")[0]
    traced = torch.export.export(Run(cell), (x,))
    assert not any("Recurrence" in str(node.target) for node in traced.graph.nodes)
    torch.testing.assert_close(traced.module()(x), expected)
    mapped = torch.func.vmap(lambda row: run(cell, row[None], plan="compiled")[0][0])(x)
    torch.testing.assert_close(mapped, expected)


def test_time_comes_first_only_where_every_place_is_treated_alike() -> None:
    class Looking(PlainMinGRU):
        def project(self, x: Tensor) -> Tensor:
            return self.input(x + x.roll(1, 1))

    x = torch.randn(2, 3, 3)
    assert swaps(written(PlainMinGRU), x)
    assert not swaps(written(Looking), x)
    agree(written(Looking), 2, 5)


def test_the_second_derivative_is_refused() -> None:
    cell, x = written(PlainLSTM), torch.randn(2, 5, 3, requires_grad=True)
    grad = torch.autograd.grad(run(cell, x, plan="compiled")[0].square().sum(), x, create_graph=True)[0]
    with pytest.raises(RuntimeError, match="twice"):
        torch.autograd.grad(grad.sum(), x)


def test_changing_the_output_in_place_cannot_spoil_the_gradient() -> None:
    cell, x = written(PlainLSTM), torch.randn(2, 5, 3, requires_grad=True)
    y = run(cell, x, plan="compiled")[0]
    with pytest.raises(RuntimeError, match=r"in-?place"):
        y.mul_(2).sum().backward()


def test_a_cell_that_has_run_can_be_copied_and_pickled() -> None:
    cell, x = make_cell("gru"), torch.randn(2, 5, 3)
    y, _ = run(cell, x, plan="compiled")
    for twin in (copy.deepcopy(cell), pickle.loads(pickle.dumps(cell))):
        torch.testing.assert_close(run(twin, x, plan="compiled")[0], y)


@pytest.mark.slow
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("hidden", [2, 7, 16])
@pytest.mark.parametrize("kind", [*EQUATIONS, Odd])
def test_long_sequences_are_as_exact_as_the_loop(kind: type[Cell], hidden: int, masked: bool) -> None:
    cell, mask = kind(5, hidden), torch.rand(9, 40) > 0.3 if masked else None
    x, state = torch.randn(9, 40, 5), make_state(cell, 9)
    loop, found = (everything(cell, x, state, mask, plan=plan) for plan in ("loop", "compiled"))
    exact = everything(cell.double(), x.double(), tuple(t.double() for t in state), mask, plan="loop")
    same(everything(cell, x.double(), tuple(t.double() for t in state), mask, plan="compiled"), exact, 1e-8)
    for name, tensor in exact.items():
        # Over many steps a badly conditioned cell (a norm of one unit) is inexact in float32 however it is run.
        allowed = 10 * (loop[name] - tensor).abs().max() + 1e-5 * (1 + tensor.abs().max())
        assert (found[name] - tensor).abs().max() <= allowed, name
