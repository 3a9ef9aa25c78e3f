import pytest
import torch
from torch import fx

from seqkit.engine.gpu.operations import literal, render
from seqkit.engine.trace import Unsuited, aten


def node(target, *args, dtype: torch.dtype = torch.float32, **kwargs) -> fx.Node:
    """Make an operation on one value."""
    graph = fx.Graph()
    x = graph.placeholder("x")
    x.meta["val"] = torch.empty(2, 3)
    made = graph.call_function(target, (x, *args), kwargs)
    made.meta["val"] = torch.empty(2, 3, dtype=dtype)
    return made


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (node(aten.pow.Tensor_Scalar, 3), "x * x * x"),
        (node(aten.pow.Tensor_Scalar, -0.5), "1 / tl.sqrt(x)"),
        (node(aten.clamp.default, -1, None), "larger_(x, low)"),
        (node(aten.clamp_max.default, 1), "smaller_(x, low)"),
        (node(aten.add.Tensor, 2, alpha=0.5), "x + low * 0.5"),
        (node(aten._to_copy.default, dtype=torch.bool), "x != 0"),
    ],
)
def test_operations_with_arguments(operation: fx.Node, text: str) -> None:
    assert render(operation, ["x", "low", "high"], "tl.float32") == text


@pytest.mark.parametrize("operation", [node(aten.pow.Tensor_Scalar, 0.3), node(aten.cumsum.default, 1)], ids=str)
def test_what_no_expression_is_known_for_is_refused(operation: fx.Node) -> None:
    with pytest.raises(Unsuited, match="for a GPU"):
        render(operation, ["x", "0.3"], "tl.float32")


def test_numbers_keep_the_precision_of_the_kernel() -> None:
    assert literal(0.1, "tl.float64") == "tl.full((1, 1), 0.1, tl.float64)"
    assert literal(float("-inf"), "tl.float32") == 'tl.full((1, 1), float("-inf"), tl.float32)'
    assert literal(True, "tl.float32") == "1"
