"""What turns times into published ratios."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch

ROOT = Path(__file__).parents[2]


@pytest.fixture
def common() -> ModuleType:
    """The scripts are no package: a benchmark finds this file beside itself."""
    module = ModuleType("common")
    path = ROOT / "benchmarks" / "common.py"
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return module


def test_things_run_in_turn(common: ModuleType) -> None:
    seen: list[str] = []

    def noted(name: str) -> Callable[[], None]:
        return lambda: seen.append(name)

    times = common.in_turn({"a": noted("a"), "b": noted("b")}, rounds=3, warmup=1)
    assert seen == ["a", "b"] * 4
    assert {name: len(values) for name, values in times.items()} == {"a": 3, "b": 3}


def test_a_ratio_is_the_median_of_the_ratios_of_one_round(common: ModuleType) -> None:
    # The medians of each alone would give 4 / 2 = 2.
    times = {"fast": [1.0, 2.0, 10.0], "slow": [3.0, 20.0, 4.0]}
    assert common.times_faster(times, "fast", "slow") == 3.0


def test_speed_is_tokens_by_the_median_time(common: ModuleType) -> None:
    assert common.speeds({"a": [1.0, 2.0, 100.0]}, tokens=50) == {"a": 25}


def test_threads_are_put_back(common: ModuleType) -> None:
    before = torch.get_num_threads()
    with common.threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_a_result_is_written_whole(common: ModuleType, tmp_path: Path) -> None:
    common.write(tmp_path / "new", "figures", {"ratio": 2.5} | common.origin(3, seed=7))
    result = json.loads((tmp_path / "new" / "figures.json").read_text(encoding="utf-8"))
    assert (result["ratio"], result["seed"]) == (2.5, 7)
    assert "3 thread(s), torch " in result["machine"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["figures.json"]
