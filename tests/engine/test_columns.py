import pytest
import torch
from torch import Tensor

from seqkit.engine.columns import Columns, Output
from seqkit.engine.trace import Unsuited, graph_of

BATCH = 7


def columns(function, *widths: int) -> Columns:
    """Trace a function of tensors (B, width)."""
    nodes = list(graph_of(function, [torch.ones(BATCH, width) for width in widths]).graph.nodes)
    inputs = [node for node in nodes if node.op == "placeholder"]
    return Columns(inputs, [Output(node) for node in nodes[-1].args[0]], set(), BATCH)


def test_the_unit_divides_every_tensor_and_every_cut() -> None:
    def gates(p: Tensor, c: Tensor) -> tuple[Tensor, ...]:
        a, b = p.split([4, 8], -1)
        return (torch.cat([a * c, b], -1),)

    found = columns(gates, 12, 4)
    assert found.unit == 4
    assert list(found.starts(found.outputs[0].node)) == [0, 4, 8]


def test_what_only_moves_columns_is_read_from_where_it_comes_from() -> None:
    found = columns(lambda p: (torch.cat([p[:, 2:], p[:, :2]], -1),), 4)
    p, node = found.inputs[0], found.outputs[0].node
    for start, expected in ((0, 2), (2, 0)):
        key = (node, start)
        while (further := found.origin(*key)) is not None:
            key = further
        assert key == (p, expected)


def test_one_value_a_row_has_one_column() -> None:
    found = columns(lambda p: (p.mean(-1, keepdim=True),), 4)
    assert found.width(found.outputs[0].node) == 1


@pytest.mark.parametrize(
    ("function", "reason"),
    [(lambda p: (p.sum(0, keepdim=True) + p,), "across the rows"), (lambda p: (p[:, ::2],), "every other column")],
)
def test_what_mixes_rows_or_skips_columns_is_refused(function, reason: str) -> None:
    with pytest.raises(Unsuited, match=reason):
        columns(function, 4)
