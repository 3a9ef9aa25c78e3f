import pytest
import torch

from benchmarks.equations import PlainMinGRU
from seqkit.engine.build import compiler
from seqkit.engine.cpp import CPP
from seqkit.engine.kernel import link, write_step
from tests.engine.test_trace import traced


def test_it_is_for_numbers_of_a_cpu() -> None:
    assert "meta" in (CPP.obstacle(torch.zeros(1, device="meta")) or "")
    assert "bfloat16" in (CPP.obstacle(torch.zeros(1).bfloat16()) or "")
    with torch.autocast("cpu", torch.bfloat16):
        assert "autocast" in (CPP.obstacle(torch.zeros(1)) or "")


@pytest.mark.skipif(compiler() is None, reason="no C++ compiler is found")
def test_a_kernel_takes_one_step_at_its_place_in_time() -> None:
    program = write_step(traced(PlainMinGRU(3, 4)), train=False)
    link(program)
    (stage,) = program.stages
    assert CPP.obstacle(torch.zeros(1)) is None
    p, h, new = torch.randn(2, 5, 8), torch.randn(5, 4), torch.zeros(2, 5, 4)
    bytes_a_step = p.stride(0) * 4
    places = {"p0": (p, p, bytes_a_step), "state0": (h, h, 0), "new0": (new, new, new.stride(0) * 4)}
    CPP.bind(stage.forward, places, 5)(1)
    expected, _ = PlainMinGRU(3, 4).step(p[1], (h,))
    torch.testing.assert_close(new[1], expected)
    assert not new[0].any()
