"""seqkit's operators have their place in ONNX."""

import torch

import seqkit.engine  # noqa: F401 (defines the operators)
from seqkit.engine.fused import KERNELS
from seqkit.export.operators import GATES, table


def test_every_kernel_has_its_gates() -> None:
    assert GATES.keys() == KERNELS.keys()
    assert [sorted(order) for order in GATES.values()] == [list(range(len(order))) for order in GATES.values()]


def test_every_operator_of_the_kernels_is_translated() -> None:
    assert set(table()) == {torch.ops.seqkit.whole_rows.default, torch.ops.seqkit.ragged_rows.default}
