"""What only Triton's kernels do: 16 bits, and autocast. Run by test_target.py with TRITON_INTERPRET=1."""

import pytest
import torch
from torch import Tensor

from benchmarks.equations import LayerNormLSTM, PlainLSTM, ResetFirstGRU
from seqkit.cells.base import Cell
from seqkit.engine import run
from seqkit.errors import ConfigError
from tests.engine.test_compiled import written

KINDS = (PlainLSTM, LayerNormLSTM, ResetFirstGRU)


def trained(cell: Cell, x: Tensor, plan: str) -> list[Tensor]:
    """Return outputs, final states and the weights' gradients."""
    cell.zero_grad()
    y, final = run(cell, x, plan=plan)  # type: ignore[arg-type]
    y.float().square().sum().backward()
    return [tensor.detach() for tensor in (y, *final, *(p.grad for p in cell.parameters() if p.grad is not None))]


@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_is_near_the_loop_in_full(kind: type[Cell]) -> None:
    cell, x = written(kind, 3, 20), torch.randn(3, 5, 3)
    expected = trained(cell, x, "loop")
    found = trained(cell.half(), x.half(), "compiled")
    assert {tensor.dtype for tensor in found} == {torch.float16}
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours - theirs).abs().max() <= 0.01 * (1 + theirs.abs().max())


@pytest.mark.parametrize("kind", KINDS)
def test_autocast_narrows_the_steps_and_nothing_that_stays(kind: type[Cell]) -> None:
    cell, x = written(kind, 3, 20), torch.randn(3, 5, 3)
    expected = trained(cell, x, "loop")
    with torch.autocast("cpu", torch.float16):
        y, *rest = trained(cell, x, "compiled")
    assert y.dtype == torch.float16
    assert {tensor.dtype for tensor in rest} == {torch.float32}
    for ours, theirs in zip([y, *rest], expected, strict=True):
        assert (ours - theirs).abs().max() <= 0.01 * (1 + theirs.abs().max())


def test_the_interpreter_is_not_trusted_with_bfloat16() -> None:
    with pytest.raises(ConfigError, match="bfloat16"):
        run(written(PlainLSTM).bfloat16(), torch.randn(2, 5, 3).bfloat16(), plan="compiled")
