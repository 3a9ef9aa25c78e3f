"""The functions that Triton lacks, against torch, in Triton's interpreter."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("triton", reason="Triton is for Linux only")

PROGRAM = """
import sys, torch, triton, triton.language as tl
from seqkit.engine.gpu import mathematics

@triton.jit
def apply(x, y, F: tl.constexpr, N: tl.constexpr):
    i = tl.arange(0, N)
    a = tl.load(x + i)
    value = mathematics.expm1_(a) if F == 0 else mathematics.log1p_(a) if F == 1 else mathematics.tanh_(a)
    tl.store(y + i, value)

@triton.jit
def pair(a, b, y, F: tl.constexpr, N: tl.constexpr):
    i = tl.arange(0, N)
    p, q = tl.load(a + i), tl.load(b + i)
    tl.store(y + i, mathematics.larger_(p, q) if F == 0 else mathematics.smaller_(p, q))

inf, nan = float("inf"), float("nan")
values = [0.0, 1e-9, -1e-9, 1e-4, -1e-4, 0.3, -0.3, 3.0, -3.0, 30.0, -30.0, 100.0, -100.0, inf, -inf, nan]
x = torch.tensor(values)
for number, function in enumerate((torch.expm1, torch.log1p, torch.tanh)):
    y = torch.empty_like(x)
    apply[(1,)](x, y, number, len(x))
    torch.testing.assert_close(y, function(x), rtol=2e-6, atol=0, equal_nan=True)
for number, function in enumerate((torch.maximum, torch.minimum)):
    y = torch.empty_like(x)
    pair[(1,)](x, x.flip(0), y, number, len(x))
    torch.testing.assert_close(y, function(x, x.flip(0)), rtol=0, atol=0, equal_nan=True)
print("checked", len(x))
"""


def test_functions_agree_with_torch_near_zero_and_at_the_ends(tmp_path) -> None:
    script = tmp_path / "functions.py"
    script.write_text(PROGRAM)
    run = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.strip() == "checked 16", run.stdout + run.stderr[-2000:]
