"""A card is rendered from the folder's files, and a file that is not what it should be is named."""

import json
from pathlib import Path

import pytest

from seqkit.errors import DataError
from seqkit.hub.source import read_source
from tests.hub.cases import save


def test_it_is_what_stands_in_the_folder(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    (folder / "loss.png").write_bytes(b"")
    source = read_source(folder)
    assert (source.name, source.loaded_from, source.task) == ("days", '"days"', "sequence-classification")
    assert source.pictures == {"loss.png"}
    assert source.distributions == ["seqkit"]
    assert read_source(folder, "me/days").place == "me/days"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("metrics.json", "{", "is no JSON"),
        ("metrics.json", "[]", "holds a list"),
        ("metrics.json", '{"task": "causal-lm"}', "has no 'metrics'"),
        ("config.json", json.dumps({"model_type": "bert"}), "is of a 'bert'"),
        ("metrics.json", '{"task": "series-classification", "metrics": {}}', "has no num_features"),
    ],
)
def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    folder = save(tmp_path / "days")
    (folder / name).write_text(text)
    with pytest.raises(DataError, match=message):
        read_source(folder)


def test_a_model_reads_text_or_vectors_of_a_width(tmp_path: Path) -> None:
    assert read_source(save(tmp_path / "days")).features is None
    folder = save(tmp_path / "series", task="series-classification")
    assert read_source(folder).features == 3
    (folder / "metrics.json").write_text('{"task": "seq2seq", "metrics": {}}')
    with pytest.raises(DataError, match=r"config\.json reads vectors: write series-to-text there"):
        read_source(folder)


def test_a_folder_without_figures_is_refused(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    (folder / "metrics.json").unlink()
    with pytest.raises(DataError, match=r"metrics\.json is missing"):
        read_source(folder)
