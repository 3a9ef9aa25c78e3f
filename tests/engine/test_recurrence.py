import pytest
import torch

from benchmarks.equations import PlainLSTM, ResetFirstGRU
from seqkit.engine.build import compiler
from seqkit.engine.held import tensors_of
from seqkit.engine.kernel import link, write_step
from seqkit.engine.loop import loop
from seqkit.engine.recurrence import Recurrence, Tape
from tests.cases import make_state, same
from tests.engine.test_trace import traced

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C++ compiler is found")


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("kind", [PlainLSTM, ResetFirstGRU])
def test_time_first_in_and_out(kind: type, train: bool) -> None:
    cell = kind(3, 4)
    program = write_step(traced(cell), train)
    link(program)
    x, state = torch.randn(2, 6, 3), make_state(cell, 2)
    with torch.set_grad_enabled(train):
        weights = program.traced.prepare(*tensors_of(cell).values())
        p = cell.project(x).transpose(0, 1).contiguous()
        y, *final = Recurrence.apply(program, None, [], p, *state, *weights)
    assert y.requires_grad is train
    expected, end = loop(cell, x, state, None)
    same({"y": y.transpose(0, 1), **dict(enumerate(final))}, {"y": expected, **dict(enumerate(end))})


def test_without_gradients_a_state_that_is_no_output_takes_two_places() -> None:
    cell = PlainLSTM(3, 4)
    program = write_step(traced(cell), train=False)
    link(program)
    large = []
    new_empty = torch.Tensor.new_empty

    def spy(tensor: torch.Tensor, *size: int) -> torch.Tensor:
        large.append(size[0])
        return new_empty(tensor, *size)

    with torch.no_grad(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.Tensor, "new_empty", spy)
        weights = program.traced.prepare(*tensors_of(cell).values())
        Recurrence.apply(program, None, [], torch.zeros(50, 2, 16), *cell.init_state(2), *weights)
    assert sorted(large) == [2, 2, 51]


def test_a_tape_knows_where_each_step_begins() -> None:
    program = write_step(traced(PlainLSTM(3, 4)), train=True)
    tape = Tape(program, 5, torch.zeros(5, 2, 16))
    series = torch.zeros(6, 2, 4)
    tape.series("new0", series, 1)
    assert tape.places["new0"][0].data_ptr() == series[1].data_ptr()
    assert tape.places["new0"][2] == 2 * 4 * 4
    assert tape.width("d_product0") == 16
    assert tape.fixed("product0").shape == (2, 16)
    assert tape.places["product0"][2] == 0
