import logging
from pathlib import Path

import pytest

from seqkit.errors import CheckpointError
from seqkit.training.identity import HELD, TOLD, compare, identify
from tests.faults.training import make_trainer

PLACE = Path("runs/checkpoint-3")


def test_one_training_is_described_alike_whenever_it_is_asked(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, max_steps=3)
    before = identify(trainer)
    trainer.train()
    assert identify(trainer) == before == identify(make_trainer(tmp_path, max_steps=3))
    assert {*HELD, *TOLD, "model", "world_size", "config.cell", "data.digest"} <= set(before)
    assert before["model"] == "RNNForCausalLM"


def test_all_that_differs_is_listed_with_both_values(tmp_path: Path) -> None:
    here = identify(make_trainer(tmp_path))
    saved = {**here, "config.cell": "gru", "seed": 7, "config.new_field": 1}
    with pytest.raises(CheckpointError) as caught:
        compare(here, saved, PLACE)
    told = str(caught.value)
    for part in (str(PLACE), "config.cell is 'lstm', there 'gru'", "seed is 42, there 7", "new_field is None, there 1"):
        assert part in told


def test_what_one_may_change_is_only_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    here = identify(make_trainer(tmp_path))
    with caplog.at_level(logging.WARNING):
        compare(here, here, PLACE)
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        compare(here, {**here, "learning_rate": 1.0}, PLACE)
    assert "learning_rate is 0.01, there 1.0" in caplog.text


def test_data_are_compared_only_where_both_are_known(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    here = identify(make_trainer(tmp_path))
    with pytest.raises(CheckpointError, match="other contents"):
        compare(here, {**here, "data.digest": "0"}, PLACE)
    with caplog.at_level(logging.WARNING):
        compare(here, {**here, "data.digest": None}, PLACE)
    assert "cannot be known of a StreamDataset" in caplog.text
