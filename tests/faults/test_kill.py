"""The battery of kills in its quick form: `python -m tests.faults.kill` is the full one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.training import EVERY, STEPS, StockCheckpoints, digest_weights, make_trainer

ROOT = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")
"""A disk in memory, where there is one: a killed process loses nothing of what the system has, so no disk is needed."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def run(folder: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.faults.kill", "--output", str(folder), *options]
    memory = {"TMPDIR": str(MEMORY)} if os.access(MEMORY, os.W_OK) else {}
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", **memory}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    (file,) = folder.iterdir()
    return {**json.loads(file.read_text()), "stderr": done.stderr}


def test_twenty_killed_trainings_end_as_if_nothing_had_happened(tmp_path: Path) -> None:
    found = run(tmp_path, "--kills", "20")
    wanted = dict.fromkeys(("kills", "resumed", "from_the_newest", "equal"), 20)
    assert {name: found[name] for name in wanted} == wanted, found["stderr"][-4000:]
    assert found["cut_off_under_its_name"] == 0
    assert found["named"] == found["cut_off"] > 0


def test_two_processes_that_are_killed_end_so_too(tmp_path: Path) -> None:
    found = run(tmp_path, "--kills", "1", "--processes", "2")
    assert (found["processes"], found["resumed"], found["equal"]) == (2, 1, 1), found["stderr"][-4000:]
    assert found["cut_off_under_its_name"] == 0


def test_the_battery_finds_what_the_stock_trainer_does(tmp_path: Path) -> None:
    """transformers goes on without the schedule, and says nothing: the weights at the end are others."""
    whole = make_trainer(tmp_path / "whole", StockCheckpoints)
    whole.train()
    (tmp_path / "whole" / f"checkpoint-{STEPS - EVERY}" / "scheduler.pt").unlink()
    shutil.rmtree(tmp_path / "whole" / f"checkpoint-{STEPS}")
    again = make_trainer(tmp_path / "whole", StockCheckpoints)
    again.train(resume_from_checkpoint=True)
    assert again.state.global_step == STEPS
    assert digest_weights(again) != digest_weights(whole)
