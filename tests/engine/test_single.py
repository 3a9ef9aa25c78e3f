import pytest
import torch

from seqkit.engine import single as module
from seqkit.engine.build import compiler
from seqkit.engine.int8 import Int8Weight
from seqkit.engine.single import CompiledStep, KernelStep, PlainStep, product, single
from seqkit.engine.trace import Unsuited
from tests.cases import CELL_OPTIONS, make_cell, make_state


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize(("name", "options"), CELL_OPTIONS, ids=str)
def test_every_cell_steps_as_its_equations_say(name: str, options: dict, size: int, batch: int) -> None:
    cell = make_cell(name, hidden_size=size, **options).eval()
    state = make_state(cell, batch)
    kept = [t.clone() for t in state]
    with torch.no_grad():
        ps = cell.project(torch.randn(batch, 7, 3))
        fast, plain = single(cell, state), PlainStep(cell, state)
        assert isinstance(fast, KernelStep)
        for p in ps.unbind(1):
            before = p.clone()
            torch.testing.assert_close(fast(p), plain(p))
            assert torch.equal(p, before)
    for ours, theirs in zip(fast.state, plain.state, strict=True):
        torch.testing.assert_close(ours, theirs)
    assert all(torch.equal(a, b) for a, b in zip(state, kept, strict=True))


@pytest.mark.parametrize(
    ("name", "dtype", "zoneout"), [("lstm", torch.bfloat16, 0.0), ("gru", torch.float32, 0.2)], ids=str
)
def test_what_torch_does_not_compute_alike_runs_by_its_equations(name: str, dtype: torch.dtype, zoneout: float) -> None:
    cell = make_cell(name, dtype=dtype).eval()
    step = single(cell, make_state(cell, 2), zoneout)
    assert isinstance(step, PlainStep)
    assert step(torch.zeros(2, 4 * len(cell.weight_hh) // 4, dtype=dtype)).shape == (2, 4)


def test_zoneout_keeps_some_of_the_old_state() -> None:
    cell = make_cell("gru").eval()
    state, p = make_state(cell, 2), torch.randn(2, 12)
    with torch.no_grad():
        kept = single(cell, state, 0.25)(p)
        torch.testing.assert_close(kept, 0.25 * state[0] + 0.75 * cell.step(p, state)[0])


def test_a_product_writes_into_one_memory() -> None:
    weight, p, h = torch.randn(8, 4), torch.randn(2, 8), torch.randn(2, 4)
    out = torch.empty(2, 8)
    multiply = product(weight, out)
    assert multiply(p, h).data_ptr() == out.data_ptr()
    torch.testing.assert_close(out, p + h @ weight.t())


@pytest.mark.skipif(compiler() is None, reason="8-bit products need a C++ compiler")
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(("name", "options"), CELL_OPTIONS, ids=str)
def test_8_bits_step_as_the_equations_say(name: str, options: dict, batch: int) -> None:
    cell = make_cell(name, hidden_size=8, **options).eval()
    weight = cell._parameters.pop("weight_hh")
    cell.__dict__["weight_hh"] = Int8Weight(weight)
    state = make_state(cell, batch)
    with torch.inference_mode():
        ps = cell.project(torch.randn(batch, 7, 3))
        fast, plain = single(cell, state), PlainStep(cell, state)
        assert isinstance(fast, CompiledStep)
        for p in ps.unbind(1):
            # Begun anew from the same state: a last bit of difference may round to another whole number.
            plain.state = tuple(t.clone() for t in fast.state)
            torch.testing.assert_close(fast(p), plain(p), atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(fast.state, plain.state, atol=1e-5, rtol=1e-4)


def test_8_bits_that_cannot_be_compiled_run_by_their_equations(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = make_cell("lstm").eval()
    monkeypatch.setattr(module, "int8_weights", lambda cell: True)

    def refuse(*_: object) -> None:
        raise Unsuited("its step is odd")

    monkeypatch.setattr(module, "CompiledStep", refuse)
    assert isinstance(single(cell, make_state(cell, 1)), PlainStep)
