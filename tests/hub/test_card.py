"""The card tells what was measured and told, is rendered from the folder alone, and is metadata that the hub reads."""

import json
import shutil
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from seqkit.errors import DataError
from seqkit.hub.card import MARK, is_rendered, render, render_into, write_card
from seqkit.hub.source import read_source
from seqkit.hub.told import Told
from tests.hub.cases import RESULT, save, settings


def test_it_tells_the_figures_and_how_to_load(tmp_path: Path) -> None:
    card = ModelCard.load(save(tmp_path / "days") / "README.md")
    assert card.data.pipeline_tag == "text-classification"
    assert card.data.library_name == "seqkit"
    for text in (
        "1,234",
        "0.9000",
        "seed 7",
        "1,000",
        "`a.csv`",
        "AutoModelForSequenceClassification",
        "pip install seqkit\n",
        "Plugins: cell gru of seqkit ",
        "seqkit train --data a.csv",
    ):
        assert text in card.text
    assert "/home" not in card.text
    assert "secret" not in (tmp_path / "days" / "metrics.json").read_text()


def test_it_tells_what_people_tell(tmp_path: Path) -> None:
    card = ModelCard.load(save(tmp_path / "days") / "README.md")
    assert (card.data.license, card.data.language) == ("apache-2.0", ["en"])
    assert card.data.get("widget") == [{"text": "a good day"}]
    for text in (
        "the test part of Good and bad days",
        "Tells good days",
        "- Says nothing of nights.",
        "- `a good day`",
    ):
        assert text in card.text
    (result, _) = card.data.eval_results
    assert (result.dataset_name, result.dataset_split, result.metric_type) == ("Good and bad days", "test", "loss")


def test_a_training_writes_it_before_anything_is_told(tmp_path: Path) -> None:
    card = ModelCard.load(save(tmp_path / "days", told=None) / "README.md")
    assert card.data.license is None
    assert "## Figures on the validation data" in card.text
    assert "## Licence" not in card.text


def test_the_same_folder_gives_the_same_card_anywhere(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    before = (folder / "README.md").read_text(encoding="utf-8")
    moved = tmp_path / "elsewhere" / "days"
    shutil.copytree(folder, moved)
    (moved / "README.md").unlink()
    render_into(moved)
    assert (moved / "README.md").read_text(encoding="utf-8") == before


def test_its_figures_are_those_of_the_folder(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["metrics"]["accuracy"] = 0.5678
    (folder / "metrics.json").write_text(json.dumps(metrics))
    text = render(read_source(folder))
    assert "| accuracy | 0.5678 |" in text
    assert "value: 0.5678" in text
    assert "0.9000" not in text


def test_it_is_rendered_for_the_place_it_goes_to(tmp_path: Path) -> None:
    text = render(read_source(save(tmp_path / "days"), "me/days"))
    assert 'from_pretrained("me/days")' in text
    assert "# days\n" in text


def test_it_shows_how_far_back_the_model_learns(tmp_path: Path) -> None:
    folder = save(tmp_path / "writer", task="causal-lm")
    for name in ("loss.png", "gradient.png"):
        (folder / name).write_bytes(b"")
    write_card(folder, settings(), {**RESULT, "task": "causal-lm"}, memory="Beyond 40 tokens.")
    card = (folder / "README.md").read_text()
    assert card.index("(loss.png)") < card.index("![gradient through time](gradient.png)\n\nBeyond 40 tokens.")
    (folder / "gradient.png").unlink()
    render_into(folder)
    assert "gradient.png" not in (folder / "README.md").read_text()


def test_it_tells_where_the_parts_came_from_and_what_to_install(tmp_path: Path) -> None:
    provenance = {
        "cell": {"name": "mingru", "distribution": "seqkit-mingru", "version": "0.1.0"},
        "tokenizer": {"name": "mine", "distribution": "local", "version": ""},
        "head": {"name": "x", "distribution": "x; rm -r", "version": ""},
    }
    text = (save(tmp_path / "days", provenance=provenance) / "README.md").read_text(encoding="utf-8")
    assert "pip install seqkit seqkit-mingru\n" in text
    assert "cell mingru of seqkit-mingru 0.1.0, tokenizer mine of local" in text


def test_folders_of_earlier_trainings_are_rendered_too(tmp_path: Path) -> None:
    folder = save(tmp_path / "old", told=None)
    metrics = json.loads((folder / "metrics.json").read_text())
    for name in ("recipe", "command", "data", "gradient", "sample"):
        del metrics[name]
    (folder / "metrics.json").write_text(json.dumps(metrics))
    render_into(folder)
    assert "0.9000" in (folder / "README.md").read_text()


def test_a_card_of_somebodys_own_is_told_apart(tmp_path: Path) -> None:
    folder = save(tmp_path / "days", told=Told())
    assert is_rendered(folder)
    readme = folder / "README.md"
    readme.write_text(readme.read_text().replace(MARK, ""))
    assert not is_rendered(folder)
    readme.unlink()
    assert is_rendered(folder)


def test_a_folder_without_a_training_has_no_card(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"config\.json is missing"):
        render_into(tmp_path)
