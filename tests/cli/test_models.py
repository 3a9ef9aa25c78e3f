"""`seqkit models`, and the commands that take a checkpoint's name where they take a folder."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seqkit.cli import app
from seqkit.cli.loading import place
from seqkit.cli.models import figure
from seqkit.errors import CheckpointError
from tests.test_checkpoints import bring, described, save


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def tiny(site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tagger that the distribution acme-models brings, and a working folder without it."""
    folder = save(tmp_path / "somewhere" / "tiny")
    bring(site, "acme-models", f"Path({str(folder)!r})")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return folder


def test_a_row_tells_task_size_figure_licence_and_whose_it_is(tiny: Path) -> None:
    (row,) = [line for line in run("models").splitlines() if line.startswith("tiny")]
    assert row.split() == ["tiny", "tagging", "en", "0.0", "accuracy", "25.0", "%", "mit", "acme-models"]
    (told,) = [row for row in json.loads(run("models", "--json")) if row["name"] == "tiny"]
    assert (told["task"], told["figure"], told["value"]) == ("token-classification", "accuracy", 0.25)


def test_a_broken_one_says_why_below_the_table(tiny: Path, site) -> None:
    bring(site, "bad-models", "None", name="bad")
    lines = run("models").splitlines()
    assert any(line.split()[:2] == ["bad", "broken"] for line in lines)
    assert any(line.startswith("bad: broken: The checkpoint 'bad-models/bad' is broken") for line in lines)


def test_figures_are_written_as_people_write_them(tiny: Path) -> None:
    from dataclasses import replace

    row = described("tiny")
    assert figure(row) == "accuracy 25.0 %"
    assert figure(replace(row, figure="bits_per_character", value=2.125)) == "2.12 bits/char"
    assert figure(replace(row, value=None)) == ""


def test_commands_take_the_name(tiny: Path) -> None:
    assert run("predict", "tiny", "a b").strip().count("/") == 2
    assert json.loads(run("info", "tiny", "--json"))["class"] == "RNNForTokenClassification"


def test_a_folder_that_is_there_wins(tiny: Path) -> None:
    assert place("tiny") == str(tiny)
    Path("tiny").mkdir()
    assert place("tiny") == "tiny"
    with pytest.raises(CheckpointError, match=r"tiny holds no config\.json"):
        run("info", "tiny")


@pytest.mark.parametrize("name", ["me/tiny", "./tiny", "/tiny", None])
def test_paths_and_names_on_the_hub_are_left_alone(tiny: Path, name: str | None) -> None:
    assert place(name) == name


def test_a_wrong_name_tells_the_nearest_and_how_the_hub_is_meant(tiny: Path) -> None:
    with pytest.raises(CheckpointError, match=r"tyny is no folder here\..*Did you mean 'tiny'\?.* owner/tyny\."):
        run("predict", "tyny", "a b")


def test_a_training_begins_with_one(tiny: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text('{"tokens": ["a", "b"], "labels": ["X", "Y"]}\n' * 20)
    begin = ("--data", str(data), "--output", str(tmp_path / "new"), "--model-name-or-path", "tiny")
    run("train", "--task", "token-classification", *begin, "--max-steps", "1")
    assert (tmp_path / "new" / "model.safetensors").exists()
