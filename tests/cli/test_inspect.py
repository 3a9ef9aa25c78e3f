"""`seqkit inspect` on a saved model of each task."""

import json
from pathlib import Path
from typing import Any

import pytest

from seqkit import CharTokenizer, WordTokenizer
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification
from tests.cases import config
from tests.cli.test_commands import run
from tests.training.test_tasks import CONLL, CSV

TEXT = "def f(x):\n    return [x]\n\n" * 40


def save(folder: Path, kind: Any, tokenizer: Any, **fields: Any) -> str:
    """Save a model as it begins, with its tokenizer: there is as much to look into as after training."""
    kind(config("lstm", vocab_size=len(tokenizer), **fields)).save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    return str(folder / "model")


def test_a_language_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    model = save(tmp_path, RNNForCausalLM, CharTokenizer.train([TEXT]), num_hidden_layers=2)
    words = ["inspect", model, "--data", str(tmp_path / "a.txt"), "--rows", "3", "--length", "50"]
    capsys.readouterr()  # the bar that transformers shows while it saves
    code, output, errors = run(monkeypatch, capsys, *words, "--json", "--output", str(tmp_path / "report"))
    assert (code, errors.strip()) == (0, f"report: {tmp_path / 'report' / 'report.html'}")
    told = json.loads(output)
    assert (told["rows"], told["tokens"], len(told["layers"])) == (3, 150, 2)
    assert "bracket depth" in (tmp_path / "report" / "report.html").read_text()
    code, output, _ = run(monkeypatch, capsys, *words)
    assert code == 0
    assert told["verdict"] in output
    assert "gates shut / open, layer 1 (LSTM): input 0% / 0%" in output


def test_a_classifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    labels = {"id2label": {0: "neg", 1: "pos"}, "label2id": {"neg": 0, "pos": 1}}
    more = {"problem_type": "single_label_classification", "bidirectional": True, **labels}
    model = save(tmp_path, RNNForSequenceClassification, CharTokenizer.train([CSV]), **more)
    words = ["inspect", model, "--data", str(tmp_path / "a.csv"), "--json", "--rows", "4"]
    code, output, _ = run(monkeypatch, capsys, *words)
    assert code == 0
    told = json.loads(output)
    assert told["measured"] == "the loss of the whole row"
    assert (told["rows"], [each["direction"] for each in told["layers"]]) == (4, ["forward", "backward"])


def test_a_tagger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "a.conll").write_text(CONLL)
    tags = sorted({line.split()[-1] for line in CONLL.splitlines() if line.split()})
    labels = {"id2label": dict(enumerate(tags)), "label2id": {tag: i for i, tag in enumerate(tags)}}
    model = save(tmp_path, RNNForTokenClassification, WordTokenizer.train([CONLL]), **labels)
    code, output, _ = run(monkeypatch, capsys, "inspect", model, "--data", str(tmp_path / "a.conll"), "--json")
    assert code == 0
    assert json.loads(output)["measured"] == "the loss of the last labelled token of each row"


def test_a_text_too_short_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "a.txt").write_text("x")
    model = save(tmp_path, RNNForCausalLM, CharTokenizer.train([TEXT]))
    code, _, errors = run(monkeypatch, capsys, "inspect", model, "--data", str(tmp_path / "a.txt"))
    assert code == 1
    assert "the text has 1 tokens" in errors
    (tmp_path / "a.txt").write_text(TEXT[:60])
    words = ["inspect", model, "--data", str(tmp_path / "a.txt"), "--output", str(tmp_path / "report")]
    code, _, errors = run(monkeypatch, capsys, *words)
    assert code == 0
    assert "no search for units: the text has 60 tokens" in errors
