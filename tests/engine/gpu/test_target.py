"""The plan `compiled` in Triton's interpreter, on a CPU: the same tests as in C++ hold it to the loop.

They run in processes of their own: Triton decides when it is imported whether it interprets.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks.equations import PlainLSTM
from seqkit.engine import choose
from seqkit.engine.gpu import TRITON, interpreted
from seqkit.engine.gpu.target import Layout, power_of_two

ROOT = Path(__file__).resolve().parents[3]

pytest.importorskip("triton", reason="Triton is for Linux only")


def passed(*words: str) -> int:
    """Run tests with Triton interpreting; return how many passed."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "ignore", *words]
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "TRITON_INTERPRET": "1"}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    found = re.search(r"(\d+) passed", run.stdout)
    assert found, run.stdout
    return int(found[1])


def test_the_tests_of_the_plan_hold_in_triton_too() -> None:
    names = "(plain_equations and not 1-1-1-1) or all_that or any_order"
    assert passed("tests/engine/test_compiled.py", "-k", names) >= 15


def test_half_precision_and_precision_chosen_by_autocast() -> None:
    assert passed("tests/engine/gpu/interpreted.py") >= 6


@pytest.mark.slow
def test_ragged_rows_noise_and_every_operation_hold_in_triton_too() -> None:
    assert (
        passed(
            "tests/engine/test_compiled.py",
            "-k",
            "ragged or noise or exact or inference or built_in or only_some or identity",
        )
        >= 50
    )
    # A power of 0.3 and an arc tangent are not written for GPUs.
    assert passed("tests/engine/test_operations.py", "-k", "not powers and not atan") >= 12


def test_tiles_cover_the_rows() -> None:
    assert [power_of_two(size) for size in (1, 2, 3, 16, 17)] == [1, 2, 4, 16, 32]
    shared, whole = Layout(768, False, ()), Layout(768, True, ())
    assert [shared.tile(rows) for rows in (1, 16, 40, 500)] == [(16, 16), (16, 16), (64, 16), (64, 16)]
    assert whole.tile(40) == (1, 1024)


def test_a_gpu_without_triton_runs_the_loop_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqkit.engine.gpu.target.find_spec", lambda name: None)
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert interpreted()
    assert "seqkit[triton]" in (TRITON.obstacle(torch.zeros(1)) or "")
    assert "seqkit[triton]" in choose(PlainLSTM(3, 4)).reason
    assert choose(PlainLSTM(3, 4)).plan == "loop"
