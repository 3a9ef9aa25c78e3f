"""`seqkit predict` as a user types it: any size of input, in order, whole or not there, gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from seqkit import CharTokenizer, RNNForSequenceClassification, RNNForTokenClassification, WordTokenizer
from seqkit_crf import RNNForCRFTokenClassification
from tests.cases import model
from tests.cli.test_commands import run

TEXT = "the dog runs and the cat sleeps on a mat"
ROWS = [TEXT[: 3 + (7 * n) % 35] for n in range(6000)]


def save(folder: Path, kind: Any, tokenizer: Any = None, **fields: Any) -> Path:
    tokenizer = tokenizer or WordTokenizer.train([TEXT])
    model(kind, vocab_size=len(tokenizer), **fields).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("classifier"), RNNForSequenceClassification, id2label={0: "x", 1: "y"})


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lines") / "a.txt"
    path.write_text("\n".join(ROWS) + "\n")
    return path


def test_every_line_has_its_answer_in_order(
    classifier: Path, lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    output = tmp_path / "answers.jsonl"
    words = ["predict", str(classifier), "--data", str(lines), "--output", str(output)]
    assert run(monkeypatch, capsys, *words)[0] == 0
    found = [json.loads(line) for line in output.read_text().splitlines()]
    assert [row["text"] for row in found] == ROWS
    assert {row["label"] for row in found} <= {"x", "y"}
    assert [path.name for path in tmp_path.iterdir()] == ["answers.jsonl"]
    code, _, errors = run(monkeypatch, capsys, *words, "--resume")
    assert code == 1
    assert "exists and is complete" in errors


KILLED = """
import sys
import seqkit.inference.labeller as labeller
labeller.WINDOW = 100
sys.argv = ["seqkit", *sys.argv[1:]]
from seqkit.cli import main
main()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_a_killed_run_leaves_no_answers_under_their_name_and_goes_on_to_the_same_bytes(
    classifier: Path, lines: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}

    def command(output: Path, *more: str) -> list[str]:
        words = ["predict", str(classifier), "--data", str(lines), "--output", str(output), *more]
        return [sys.executable, "-c", KILLED, *words]

    whole, output = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    subprocess.run(command(whole), env=environment, check=True)
    partial = tmp_path / "killed.jsonl.partial"
    for kill in range(2):
        process = subprocess.Popen(command(output, "--resume"), env=environment)
        before = partial.stat().st_size if partial.exists() else 0
        while process.poll() is None and (not partial.exists() or partial.stat().st_size <= before + 1):
            time.sleep(0.005)
        process.kill()
        process.wait()
        assert process.returncode == -signal.SIGKILL, f"kill {kill} came too late"
        assert not output.exists()
        assert partial.stat().st_size > before
    refused = subprocess.run(command(output), env=environment, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "Go on with it by --resume" in refused.stderr
    done = subprocess.run(command(output, "--resume"), env=environment, check=True, capture_output=True, text=True)
    assert "goes on behind row " in done.stderr
    assert output.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["killed.jsonl", "whole.jsonl"]


def test_bad_rows_are_told_by_their_line_and_what_was_done_is_kept(
    classifier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    data, output = tmp_path / "a.jsonl", tmp_path / "out.jsonl"
    rows = [json.dumps({"text": row}) for row in ROWS[:4200]]
    data.write_text("\n".join([*rows, '{"text": 7}']))
    code, _, errors = run(monkeypatch, capsys, "predict", str(classifier), "--data", str(data), "--output", str(output))
    assert code == 1
    assert "line 4201: column 'text' is 7, where text must be a string" in errors
    assert not output.exists()


def test_empty_sentences_and_giant_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    folder = save(tmp_path / "tagger", RNNForTokenClassification, CharTokenizer.train([TEXT]), num_labels=3)
    rows = [[], ["dog"], ["a" * 100_000, "cat"], []]
    data = tmp_path / "a.jsonl"
    data.write_text("\n".join(json.dumps({"tokens": row}) for row in rows))
    code, shown, _ = run(monkeypatch, capsys, "predict", str(folder), "--data", str(data), "--json")
    found = [json.loads(line) for line in shown.splitlines()]
    assert code == 0
    assert [row["tokens"] for row in found] == rows
    assert [len(row["labels"]) for row in found] == [0, 1, 2, 0]


def test_a_field_of_iobes_answers_in_bio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    names = dict(enumerate(["O", "B-A", "I-A", "E-A", "S-A"]))
    folder = save(tmp_path / "tagger", RNNForCRFTokenClassification, id2label=names)
    words = ["predict", str(folder), *[TEXT] * 3, "--max-length", "4", "--overlap", "1"]
    code, shown, _ = run(monkeypatch, capsys, *words)
    tags = {word.rsplit("/", 1)[1] for word in shown.split()}
    assert code == 0
    assert tags <= {"O", "B-A", "I-A"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a text", "--resume"], "--resume goes on with a file"),
        (["a text", "--max-length", "10", "--overlap", "5"], "at least 3 times overlap"),
        (["--data", "none.txt"], "does not exist"),
        (["a text", "--num-beams", "3"], "--num-beams is for encoder-decoders"),
        ([], "give either texts, or --data"),
    ],
)
def test_what_does_not_fit_is_refused(
    words: list[str], message: str, classifier: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    code, _, errors = run(monkeypatch, capsys, "predict", str(classifier), *words)
    assert code == 1
    assert message in errors
