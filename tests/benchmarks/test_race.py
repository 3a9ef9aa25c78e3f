"""The race: what it compares is comparable."""

import sys
from pathlib import Path

import pytest
import torch

from seqkit import RNNConfig, RNNForCausalLM
from seqkit.data import StreamDataset
from seqkit.training import RNNTrainer, RNNTrainingArguments

ROOT = Path(__file__).parents[2]

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
