import ctypes
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from benchmarks.equations import LayerNormLSTM, PlainLSTM, ResetFirstGRU
from seqkit.cells.base import Cell
from seqkit.engine import cpp, run, walk
from seqkit.engine.build import BuildError, compiler
from seqkit.engine.walk import Act, Place, Product, library_product, one_by_one
from tests.cases import make_state

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler is found")
needs_library = pytest.mark.skipif(library_product(torch.float32) is None, reason="torch does not show its BLAS here")


def series(tensor: Tensor) -> Place:
    return tensor, tensor, tensor.stride(0) * tensor.element_size()


def turns(even: Tensor, odd: Tensor) -> Place:
    return even, odd, 0


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many steps each call of C++ has taken."""
    counts: list[int] = []
    real = walk.walker()
    assert real is not None

    def spy(steps: ctypes.Array, count: int, first: int, behind: int, forward: int) -> None:
        counts.append((behind - first) // forward)
        real(steps, count, first, behind, forward)

    monkeypatch.setattr(walk, "walker", lambda: spy)
    return counts


@needs_compiler
@needs_library
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("extra", ["", "bias", "added"])
@pytest.mark.parametrize(("rows", "depth", "columns"), [(3, 4, 5), (1, 1, 1), (1, 7, 2), (4, 1, 3)])
def test_products_have_the_bits_of_torch(
    dtype: torch.dtype, turned: bool, extra: str, rows: int, depth: int, columns: int, taken: list[int]
) -> None:
    matrix = torch.randn(columns, depth, dtype=dtype).t() if turned else torch.randn(depth, columns, dtype=dtype)
    bias = torch.randn(columns, dtype=dtype) if extra == "bias" else None
    left, start = torch.randn(6, rows, depth, dtype=dtype), torch.randn(6, rows, columns, dtype=dtype)
    results = start.clone(), start.clone()
    for take, result in zip((walk.walk, one_by_one), results, strict=True):
        take([Product(series(left), matrix, series(result), bias, extra == "added")], range(4, 1, -1))
    torch.testing.assert_close(*results, rtol=0, atol=0)
    assert taken == [3]
    assert torch.equal(results[0][[0, 1, 5]], start[[0, 1, 5]])
    wanted = left[2:5] @ matrix + (start[2:5] if extra == "added" else 0 if bias is None else bias)
    torch.testing.assert_close(results[0][2:5], wanted)


@needs_compiler
def test_tensors_that_take_turns() -> None:
    a, b, c, d = torch.randn(2, 3), torch.randn(2, 3), torch.zeros(2, 4), torch.zeros(2, 4)
    matrix = torch.randn(3, 4)
    walk.walk([Product(turns(a, b), matrix, turns(c, d))], range(2))
    torch.testing.assert_close((c, d), (a @ matrix, b @ matrix))


@needs_compiler
@needs_library
@pytest.mark.parametrize("kind", [PlainLSTM, LayerNormLSTM, ResetFirstGRU])
@pytest.mark.parametrize("length", [1, 2, 9])
def test_a_run_in_one_call_has_the_bits_of_one_from_python(
    kind: type[Cell], length: int, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    cell, x = kind(3, 4), torch.randn(2, length, 3, requires_grad=True)
    state = make_state(cell, 2)

    def results() -> list[Tensor]:
        y, final = run(cell, x, state, plan="compiled")
        total = y.square().sum() + sum(part.sum() for part in final)
        return [y, *final, *torch.autograd.grad(total, [x, *cell.parameters()])]

    at_once = results()
    assert taken == [length, length]
    monkeypatch.setattr(cpp, "walk", one_by_one)
    torch.testing.assert_close(at_once, results(), rtol=0, atol=0)
    assert taken == [length, length]


HALF = torch.ones(3, 2, 2).half()


def skewed() -> Place:
    return series(torch.randn(3, 4, 2).transpose(1, 2))


@needs_compiler
@pytest.mark.parametrize(
    "act",
    [
        lambda: lambda t: None,
        lambda: Product(skewed(), torch.randn(4, 5), series(torch.zeros(3, 2, 5))),
        lambda: Product(turns(*[torch.randn(4, 2).t()] * 2), torch.randn(4, 5), series(torch.zeros(3, 2, 5))),
        lambda: Product(series(torch.randn(3, 2, 4)), torch.randn(4, 10)[:, ::2], series(torch.zeros(3, 2, 5))),
        lambda: Product(series(HALF.clone()), HALF[0, :, :2], series(HALF.clone())),
    ],
    ids=["a function", "operands across", "an operand across", "a matrix with gaps", "half precision"],
)  # fmt: skip
def test_what_cannot_be_told_to_cpp_is_taken_from_python(act: Callable[[], Act], taken: list[int]) -> None:
    made = act()
    walk.walk([made], range(3))
    assert taken == []
    if isinstance(made, Product):
        torch.testing.assert_close(made.result[0], (made.operand[0] @ made.matrix).expand_as(made.result[0]))


@needs_compiler
def test_torch_multiplies_where_less_precision_is_asked_for(taken: list[int]) -> None:
    result = torch.zeros(3, 2, 5)
    torch.set_float32_matmul_precision("high")
    try:
        walk.walk([Product(series(torch.randn(3, 2, 4)), torch.randn(4, 5), series(result))], range(3))
    finally:
        torch.set_float32_matmul_precision("highest")
    assert taken == []
    assert result.all()


@needs_compiler
def test_a_compiler_that_fails_is_asked_once_and_everything_runs_from_python(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def fails(source: str) -> None:
        asked.append(source)
        raise BuildError("too slow")

    monkeypatch.setattr(walk, "build", fails)
    walk.walker.cache_clear()
    try:
        cell, x = PlainLSTM(3, 4), torch.randn(2, 5, 3)
        for _ in range(2):
            torch.testing.assert_close(run(cell, x, plan="compiled")[0], run(cell, x, plan="loop")[0])
    finally:
        walk.walker.cache_clear()
    assert asked == [walk.SOURCE.read_text(encoding="utf-8")]


@needs_compiler
def test_without_the_library_everything_runs_from_python(taken: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "NAMES", {torch.float32: "no_such_product_"})
    library_product.cache_clear()
    try:
        cell, x = PlainLSTM(3, 4), torch.randn(2, 5, 3)
        y, _ = run(cell, x, plan="compiled")
        torch.testing.assert_close(y, run(cell, x, plan="loop")[0])
    finally:
        library_product.cache_clear()
    assert taken == []
