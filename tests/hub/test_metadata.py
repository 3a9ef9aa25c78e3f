"""The head of a card passes the hub's rules, for every task."""

from pathlib import Path

import pytest

from seqkit.hub.metadata import TAGS, figures, metadata, slug
from seqkit.hub.schema import PIPELINE_TAGS, faults
from seqkit.hub.source import read_source
from seqkit.hub.told import Told
from tests.hub.cases import save


@pytest.mark.parametrize("task", sorted(TAGS))
def test_every_task_passes_the_schema(tmp_path: Path, task: str) -> None:
    source = read_source(save(tmp_path / "days", task=task))
    assert faults(metadata(source).to_dict()) == []
    assert TAGS[task] in PIPELINE_TAGS


def test_figures_are_rounded_as_the_table_is(tmp_path: Path) -> None:
    source = read_source(save(tmp_path / "days", metrics={"f1_macro": 0.987654, "mse": 2.0, "note": "none"}))
    assert [(each.metric_type, each.metric_value) for each in figures(source)] == [("f1", 0.9877), ("mse", 2.0)]


def test_data_without_a_name_is_called_the_trainings_own(tmp_path: Path) -> None:
    source = read_source(save(tmp_path / "days", told=Told()))
    assert figures(source)[0].dataset_type == "the-training-s-own-data"
    assert faults(metadata(source).to_dict()) == [
        "license is None, which the hub does not know. It names the model's licence."
    ]


def test_a_slug_is_never_empty() -> None:
    assert [slug("네이버 영화"), slug("!")] == ["네이버-영화", "data"]
