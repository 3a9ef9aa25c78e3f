"""`seqkit evaluate` as a user types it: tables, JSON, a folder with the picture, labels that nobody knew."""

import json
from pathlib import Path

import pytest

from seqkit import RNNForTokenClassification, WordTokenizer
from tests.cases import model
from tests.cli.test_commands import run

CONLL = "the O\nnew B-LOC\nyork I-LOC\n\nold B-PER\n\n" * 3


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, tokenizer = tmp_path_factory.mktemp("tagger"), WordTokenizer.train(["the new york old"])
    names = dict(enumerate(["O", "B-LOC", "I-LOC", "B-PER"]))
    model(RNNForTokenClassification, vocab_size=len(tokenizer), id2label=names).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_the_table_by_label_is_printed(
    tagger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "a.conll").write_text(CONLL)
    words = ["evaluate", str(tagger), "--data", str(tmp_path / "a.conll")]
    code, shown, _ = run(monkeypatch, capsys, *words)
    assert code == 0
    for part in ("accuracy", "precision", "recall", "support", "LOC", "PER"):
        assert part in shown
    code, shown, errors = run(monkeypatch, capsys, *words, "--json", "--output", str(tmp_path / "report"))
    found = json.loads(shown)
    assert [(row["label"], row["support"]) for row in found["by_label"]] == [("LOC", 3), ("PER", 3)]
    assert sum(map(sum, found["confusion"])) == 12
    assert json.loads((tmp_path / "report" / "report.json").read_text()) == found
    assert (tmp_path / "report" / "confusion.png").read_bytes().startswith(b"\x89PNG")
    assert "confusion.png" in errors


def test_beams_are_for_encoder_decoders(
    tagger: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    code, _, errors = run(monkeypatch, capsys, "evaluate", tagger, "--data", "none.conll", "--num-beams", "3")
    assert code == 1
    assert "--num-beams is for encoder-decoders" in errors


def test_labels_that_nobody_knew(
    tagger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "a.conll").write_text(CONLL + "nowhere B-GPE\n\nthere B-GPE\n")
    words = ["evaluate", str(tagger), "--data", str(tmp_path / "a.conll")]
    code, _, errors = run(monkeypatch, capsys, *words)
    assert code == 1
    assert "row 7 (2 times): label 'B-GPE' was not seen in training" in errors
    code, shown, _ = run(monkeypatch, capsys, *words, "--unknown-labels", "wrong")
    assert code == 0
    assert "note: 'B-GPE' (2, first in row 7) were not seen in training: counted as not found" in " ".join(
        shown.split()
    )


def test_a_word_without_its_label_is_told_by_its_line(
    tagger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "a.conll").write_text("the O\nnew\n")
    code, _, errors = run(monkeypatch, capsys, "evaluate", str(tagger), "--data", str(tmp_path / "a.conll"))
    assert code == 1
    assert "line 2 has 1 columns" in errors
    (tmp_path / "a.jsonl").write_text('{"tokens": ["a"], "labels": ["O"]}\n{"tokens": ["a"], "labels": []}\n')
    code, _, errors = run(monkeypatch, capsys, "evaluate", str(tagger), "--data", str(tmp_path / "a.jsonl"))
    assert code == 1
    assert "line 2 has 1 words and 0 labels" in errors
