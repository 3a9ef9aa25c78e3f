import torch

from benchmarks.equations import PlainLSTM, ResetFirstGRU
from seqkit.engine.gpu import TRITON
from seqkit.engine.kernel import write_step
from seqkit.engine.target import Request, Sum, Term
from tests.engine.test_trace import traced


def test_weights_are_the_inputs_that_are_the_same_for_all_rows() -> None:
    graph = torch.fx.Graph()
    nodes = [graph.placeholder(name) for name in ("p0", "weight0", "state0")]
    assert Request("f", nodes, {}, 7).weights == {nodes[1]}


def test_a_target_that_fuses_is_asked_for_sums_and_any_other_is_not() -> None:
    class Asked:
        fuses = True

        def write(self, request: Request, dtype: torch.dtype):
            requests.append(request)
            return TRITON.write(request, dtype)

    requests: list[Request] = []
    write_step(traced(PlainLSTM(3, 4)), True, Asked())  # type: ignore[arg-type]
    back, there = requests
    assert there.sums == {"product0": Sum((Term(0, "state0", 4, "matrix0", turned=False),), None)}
    # What a state gave to its product comes back from the step after this one, on top of what it gave elsewhere.
    assert back.sums == {"d_new0": Sum((Term(0, "next_d_p0", 16, "matrix0", turned=True),), read=True)}
    Asked.fuses = False
    requests.clear()
    write_step(traced(ResetFirstGRU(3, 4)), True, Asked())  # type: ignore[arg-type]
    assert all(not request.sums for request in requests)
