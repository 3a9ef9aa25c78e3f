"""The race: what it compares is comparable, and the README shows what it measured."""

import json
import sys
from pathlib import Path

import pytest
import torch

from seqkit import RNNConfig, RNNForCausalLM
from seqkit.data import StreamDataset
from seqkit.training import RNNTrainer, RNNTrainingArguments

ROOT = Path(__file__).parents[2]
RESULT = ROOT / "benchmarks" / "results" / "race.json"

sys.path.insert(0, str(ROOT / "benchmarks"))
import race  # noqa: E402


@pytest.fixture
def network() -> RNNForCausalLM:
    torch.manual_seed(0)
    return RNNForCausalLM(RNNConfig(vocab_size=9, hidden_size=8)).eval()


def test_windows_hold_every_character_once_and_what_follows_it() -> None:
    inputs, targets = race.windows(torch.arange(10), 3)
    assert inputs.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert targets.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_the_carried_loss_is_that_of_the_trainer(network: RNNForCausalLM, tmp_path: Path) -> None:
    ids = torch.randint(0, 9, (1300,), generator=torch.Generator().manual_seed(0))
    arguments = RNNTrainingArguments(str(tmp_path), use_cpu=True, report_to="none")
    whole = StreamDataset(ids, 1, 100, whole=True)
    assert race.carried(network, ids) == pytest.approx(RNNTrainer(network, arguments).text_loss(whole), abs=1e-5)


def test_at_equal_context_nothing_is_known_from_before(network: RNNForCausalLM) -> None:
    ids = torch.randint(0, 9, (2 * race.BLOCK + 1,), generator=torch.Generator().manual_seed(0))
    halves = [ids[: race.BLOCK + 1], ids[race.BLOCK :]]
    expected = sum(race.carried(network, half) for half in halves) / 2
    assert race.at_equal_context(network, ids) == pytest.approx(expected, abs=1e-5)


def test_the_readme_shows_the_table_that_was_measured() -> None:
    lines = (RESULT.with_suffix(".md")).read_text(encoding="utf-8").splitlines()
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and line not in readme] == []


def best_within(row: dict, seconds: float) -> float:
    """Return the lowest loss that a network had within some processor seconds."""
    return min(loss for spent, loss in row["curve"] if spent <= seconds)


def test_what_was_measured_reaches_what_was_asked() -> None:
    result = json.loads(RESULT.read_text(encoding="utf-8"))
    assert not result["quick"]
    for found in result["rounds"]:
        last, budget = found["network, all of its time"], found["transformer"]["seconds"]
        assert best_within(last, budget) <= result["goals"]["carried"]
        # Steps are planned beforehand by the pace of a few.
        assert last["seconds"] <= 1.02 * budget
        assert last["context 64"] <= result["goals"]["context 64"]
        for name, share in race.SHARES.items():
            short = found[f"network, 1/{share} of its time"]
            assert best_within(short, found[name]["seconds"] / share) <= found[name]["context 64"]
