import pytest
import torch
from torch import Tensor

from seqkit.engine.columns import Output
from seqkit.engine.emit import Emitter, literal
from seqkit.engine.trace import Unsuited, graph_of

BATCH = 7


def emitter(function, *widths: int, weights: int = 0) -> Emitter:
    """Trace a function of tensors (B, width); the last `weights` of them are (width,)."""
    rows = [torch.ones(BATCH, width) for width in widths[: len(widths) - weights]]
    module = graph_of(function, [*rows, *(torch.ones(width) for width in widths[len(rows) :])])
    nodes = list(module.graph.nodes)
    inputs = [node for node in nodes if node.op == "placeholder"]
    return Emitter("f", inputs, [Output(node) for node in nodes[-1].args[0]], set(inputs[len(rows) :]), BATCH)


def test_all_pieces_of_a_row_are_worked_out_in_one_loop() -> None:
    def gates(p: Tensor, c: Tensor) -> tuple[Tensor, ...]:
        a, b = torch.sigmoid(p).chunk(2, -1)
        return (torch.cat([a * c, b], -1),)

    made = emitter(gates, 8, 4)
    assert made.unit == 4
    assert made.code().count("for (long j") == 1
    assert made.code().count("sigmoid_(") == 2


def test_a_sum_over_a_row_takes_a_loop_of_its_own_and_costly_values_are_kept() -> None:
    def centred(p: Tensor) -> tuple[Tensor, ...]:
        e = torch.exp(p)
        return (e / e.sum(-1, keepdim=True),)

    code = emitter(centred, 4).code()
    assert code.count("for (long j") == 2
    assert "reduction(+:" in code
    assert code.count("exp_(") == 1


def test_weights_have_one_row_for_all() -> None:
    code = emitter(lambda p, w: (p * w,), 4, 4, weights=1).code()
    assert "row0 = in0 + b * 4" in code
    assert "row1" not in code


@pytest.mark.parametrize(
    ("function", "widths", "reason"),
    [
        (lambda p: (p - p.mean(0, keepdim=True),), (4,), "across the rows"),
        (lambda p: (p[:, ::2],), (4,), "every other column"),
        (lambda p: (p[1:].new_zeros(7, 4) + p.flip(0),), (4,), "flip"),
        (lambda p: (p.view(7, 2, 2).exp().flatten(1),), (4,), "shape"),
        (lambda p, q: (torch.cat([p, q], -1),), (199, 200), "common width"),
        (lambda p: (torch.cat([p, p], 0)[:7],), (4,), "shape|batch"),
        (lambda p: (p.cumsum(-1),), (4,), "cumsum"),
    ],
)
def test_what_mixes_rows_or_places_is_refused(function, widths: tuple[int, ...], reason: str) -> None:
    with pytest.raises(Unsuited, match=reason):
        emitter(function, *widths).code()


def test_numbers_are_written_in_full() -> None:
    assert literal(True) == "1"
    assert [literal(value) for value in (2, 0.5)] == ["(T)2.0", "(T)0.5"]
    assert [literal(value) for value in (float("inf"), float("-inf"), float("nan"))] == ["INFINITY", "-INFINITY", "NAN"]
