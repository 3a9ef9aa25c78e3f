"""Taggers and classifiers that read words by their characters, from files to pipelines, with vectors to begin with."""

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import pipeline

from tests.cli.test_commands import run, train
from tests.training.test_tasks import CONLL, CSV

VECTORS = "cat 1 0 1 0\ndog 0 1 0 1\nthe 1 1 0 0\n"
WORDS = ("--tokenizer", "word-char", "--character-hidden-size", "8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("words")
    (folder / "a.conll").write_text(CONLL)
    (folder / "a.csv").write_text(CSV)
    (folder / "v.txt").write_text(VECTORS)
    how = ("--num-train-epochs", "8", "--character-encoder", "both", "--word-dropout", "0.2")
    train(folder, "token-classification", "a.conll", "tagger", *WORDS, *how)
    train(folder, "sequence-classification", "a.csv", "classifier", *WORDS, "--num-train-epochs", "10")
    return folder


def test_a_tagger_predicts_evaluates_and_tells_its_parts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    code, out, _ = run(monkeypatch, capsys, "predict", str(folder / "tagger"), "the quixotic cat", "--json")
    assert code == 0
    assert len(json.loads(out)["labels"]) == 3
    data = str(folder / "a.conll")
    code, out, _ = run(monkeypatch, capsys, "evaluate", str(folder / "tagger"), "--data", data, "--json")
    figures: dict[str, Any] = json.loads(out)
    assert code == 0
    assert max(figures.get("accuracy", 0), figures.get("f1", 0)) > 0.9
    _, out, _ = run(monkeypatch, capsys, "info", str(folder / "tagger"), "--json")
    assert json.loads(out)["parameters"]["characters"] > 0


def test_pipelines_take_the_folders(folder: Path) -> None:
    tags = pipeline("token-classification", model=str(folder / "tagger"), ignore_labels=[])
    text = "the  quixotic cat"
    found = tags(text)
    assert [text[each["start"] : each["end"]] for each in found] == ["the", "quixotic", "cat"]
    assert [each["index"] for each in tags([text, "cat"], batch_size=2)[0]] == [0, 1, 2]
    label = pipeline("text-classification", model=str(folder / "classifier"))
    assert label(["a fine day", "bad"], batch_size=2) == [*label("a fine day"), *label("bad")]


def test_a_tagger_begins_with_vectors(folder: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(AssertionError):  # the sizes of `train` hold an embedding_size, which the vectors decide
        train(folder, "token-classification", "a.conll", "refused", "--vectors", str(folder / "v.txt"))
    assert "both decide what the embedding is" in capsys.readouterr().err


@pytest.mark.parametrize("task", ["causal-lm"])
def test_a_language_model_has_no_characters(task: str, folder: Path, capsys: pytest.CaptureFixture) -> None:
    (folder / "a.txt").write_text("the cat sat on the mat\n" * 200)
    with pytest.raises(AssertionError):
        train(folder, task, "a.txt", "writer", *WORDS, "--max-steps", "2")
    assert "a language model writes token ids" in capsys.readouterr().err
