import torch

from benchmarks.equations import LayerNormLSTM, PlainLSTM, PlainMinGRU, ResetFirstGRU
from seqkit.engine.kernel import write_step
from tests.cases import make_cell
from tests.engine.test_trace import traced


def test_the_last_stage_makes_the_states_and_h() -> None:
    program = write_step(traced(PlainLSTM(3, 4)), train=False)
    first, last = program.stages
    assert first.forward is None
    assert last.forward is not None
    assert last.forward.writes == ["new0", "new1"]
    assert last.backward is None
    assert last.saves == {}


def test_each_level_of_products_has_a_stage() -> None:
    stages = write_step(traced(ResetFirstGRU(3, 4)), train=True).stages
    assert [stage.forward.writes[0] if stage.forward else None for stage in stages] == [None, "operand1", "new0"]
    assert len(write_step(traced(PlainMinGRU(3, 4)), train=True).stages) == 1


def test_costly_values_are_kept_for_the_way_back_only_if_it_needs_them() -> None:
    _, stage = write_step(traced(PlainLSTM(3, 4)), train=True).stages
    assert stage.backward is not None
    assert len(stage.saves) == 5
    assert set(stage.saves) <= set(stage.backward.reads)
    assert "tanh_(" not in stage.backward.code
    assert "product0" not in stage.backward.reads
    (simple,) = write_step(traced(PlainMinGRU(3, 4)), train=True).stages
    assert list(simple.saves.values()) == [4]


def test_gradients_that_are_equal_are_written_once() -> None:
    assert write_step(traced(PlainLSTM(3, 4)), train=True).same == {"product0": "p0"}
    # Under the reset gate the product's gradient is another one.
    assert write_step(traced(make_cell("gru")), train=True).same == {}


def test_gradients_of_weights_are_summed_over_the_rows() -> None:
    _, stage = write_step(traced(LayerNormLSTM(3, 4)), train=True).stages
    assert stage.backward is not None
    summed = [name for name in stage.backward.writes if name.startswith("d_weight")]
    assert len(summed) == 4
    for name in summed:
        assert f"to{stage.backward.writes.index(name)}[0 + j] +=" in stage.backward.code


def test_code_is_the_same_for_every_batch() -> None:
    torch.manual_seed(0)
    first, second = (write_step(traced(PlainLSTM(3, hidden)), train=True).stages[1] for hidden in (7, 7))
    assert first.backward is not None
    assert second.backward is not None
    assert first.backward.code == second.backward.code
