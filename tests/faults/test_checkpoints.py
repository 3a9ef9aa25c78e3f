"""Altered weights, in the quick form, and each alteration by itself."""

import random
from pathlib import Path

import pytest

from tests.faults import battery
from tests.faults.lines.checkpoints import RAW, TENSORS, Bench


def test_altered_files_are_refused_by_name() -> None:
    counts = battery.run("checkpoints", 140)
    assert counts["failures"] == []
    assert counts["cases"] == 140
    assert counts["refused"] > 110


@pytest.mark.parametrize("how", [*RAW, *TENSORS])
def test_every_alteration_is_one(how: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    outcomes = {bench.outcome(how, random.Random(seed)) for seed in range(5)}
    assert outcomes <= {"refused", "same weights", "flipped, no manifest"}
    assert outcomes != {"same weights"}
