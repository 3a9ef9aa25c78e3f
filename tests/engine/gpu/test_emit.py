"""The text of kernels in Triton, and that it compiles for a GPU."""

import pytest
import torch

from benchmarks.equations import LayerNormLSTM, PeepholeLSTM, PlainLSTM, PlainMinGRU, ResetFirstGRU
from seqkit.cells.base import Cell
from tests.cases import CELLS, make_cell
from tests.engine.gpu.compiling import compiled_for_hopper, kernels
from tests.engine.test_trace import traced

pytest.importorskip("triton", reason="Triton is for Linux only")


def test_a_step_is_one_launch_with_the_product_in_it() -> None:
    forward, backward = kernels(traced(PlainLSTM(3, 4)))
    assert forward.multiplied == backward.multiplied == {0}
    # Four gates from one look at the state, and on the way back one sum over all of them, of the step after this one.
    assert forward.code.count("tl.dot") == 4
    assert forward.code.count("tl.load(state0") == 1
    assert backward.code.count("tl.dot") == 1
    assert "next_d_p0" in backward.reads


def test_what_needs_whole_rows_leaves_its_products_to_the_library() -> None:
    for kernel in kernels(traced(LayerNormLSTM(3, 4))):
        assert kernel.multiplied == frozenset()
        assert "tl.dot" not in kernel.code
        assert kernel.layout.tile(9) == (1, 4)


def test_a_second_product_is_a_second_launch() -> None:
    assert [kernel.multiplied for kernel in kernels(traced(ResetFirstGRU(3, 4)))] == [{0}, {1}, {1}, {0}]


def test_a_product_that_the_way_back_needs_is_kept() -> None:
    forward, backward = kernels(traced(make_cell("gru")))
    assert "product0" in forward.writes
    assert "product0" in backward.reads


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("kind", [PlainLSTM, PeepholeLSTM])
def test_kernels_compile_for_a_gpu_and_multiply_on_its_tensor_cores(kind: type[Cell], dtype: torch.dtype) -> None:
    cell = kind(8, 48).to(torch.float64 if dtype == torch.float64 else torch.float32)
    for kernel in kernels(traced(cell)):
        made = compiled_for_hopper(kernel, dtype)
        assert len(made.asm["cubin"]) > 0
        assert ("mma" in made.asm["ptx"]) == (dtype != torch.float32)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
@pytest.mark.parametrize("cell", [LayerNormLSTM, PlainMinGRU, ResetFirstGRU, *CELLS], ids=str)
def test_every_cell_compiles_for_a_gpu(cell: type[Cell] | str, dtype: torch.dtype) -> None:
    made = make_cell(cell) if isinstance(cell, str) else cell(8, 48)
    for kernel in kernels(traced(made, masked=True)):
        assert len(compiled_for_hopper(kernel, dtype).asm["cubin"]) > 0
