"""From a file of float vectors to a model and back, as a user types it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from seqkit import RNNForTokenClassification
from seqkit.hub.told import DataSet, Told, read_told, write_told
from tests.cases import model as make
from tests.cli.test_commands import refused, run

ROWS = [
    {"input_features": [[sign * (1 + n % 3), 0.1 * n]] * (1 + n % 5), "label": "up" if sign > 0 else "down"}
    for n in range(20)
    for sign in (1, -1)
]
TRAIN = ["--task", "series-classification", "--use-cpu", "--hidden-size", "8", "--learning-rate", "0.02"]


def write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data, and what the command made of it."""
    folder = tmp_path_factory.mktemp("series")
    data = write(folder / "a.jsonl", ROWS)
    with pytest.MonkeyPatch.context() as patch:
        words = [*TRAIN, "--data", data, "--output", folder / "model", "--eval-strategy", "no", "--calibrate"]
        assert run(patch, Silent(), "train", *words)[0] == 0
    return folder


class Silent:
    """Stands for captured output that nobody reads."""

    def readouterr(self) -> tuple[str, str]:
        return "", ""


def test_the_folder_has_no_tokenizer_and_its_card_says_how_to_use_it(trained: Path) -> None:
    names = {file.name for file in (trained / "model").iterdir()}
    assert {"config.json", "model.safetensors", "metrics.json", "README.md", "confusion.png", "gradient.png"} <= names
    assert not [name for name in names if "token" in name]
    card = (trained / "model" / "README.md").read_text()
    assert "classification of series of vectors" in card
    assert "[[0.0] * 2]" in card
    assert "okenizer" not in card
    metrics = json.loads((trained / "model" / "metrics.json").read_text())
    assert metrics["facts"]["numbers a step"] == 2
    assert "calibration_temperature" in metrics["metrics"]


def test_it_is_evaluated_and_predicts(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    words = [trained / "model", "--data", trained / "a.jsonl"]
    code, shown, _ = run(monkeypatch, capsys, "evaluate", *words, "--json")
    assert code == 0
    figures = json.loads(shown)
    assert figures["accuracy"] == 1.0
    assert figures["loss"] < 0.5
    assert run(monkeypatch, capsys, "predict", *words, "--output", tmp_path / "answers.jsonl")[0] == 0
    answers = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    assert [answer["label"] for answer in answers] == [row["label"] for row in ROWS]
    assert [answer["input_features"] for answer in answers] == [row["input_features"] for row in ROWS]
    code, shown, _ = run(monkeypatch, capsys, "predict", *words)
    assert shown.splitlines()[2].split("\t")[::2] == ["up", "2 steps"]


def test_it_is_looked_into_tried_and_gone_on_with(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    code, shown, _ = run(monkeypatch, capsys, "inspect", trained / "model", "--data", trained / "a.jsonl", "--json")
    assert code == 0
    assert json.loads(shown)
    words = [*TRAIN, "--data", trained / "a.jsonl", "--output", tmp_path / "next"]
    code, shown, errors = run(monkeypatch, capsys, "train", *words, "--dry-run", "--json")
    assert code == 0, errors
    assert json.loads(shown)["facts"]["training rows"] == 36
    assert not (tmp_path / "next").exists()
    words = [word for word in words if word not in ("--hidden-size", "8")]
    words += ["--model-name-or-path", trained / "model", "--max-steps", "1", "--save-strategy", "no"]
    code, shown, errors = run(monkeypatch, capsys, "train", *words, "--json")
    assert code == 0, errors
    assert (tmp_path / "next" / "model.safetensors").exists()


def test_it_is_exported(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    pytest.importorskip("onnxruntime")
    from seqkit import runtime
    from seqkit.cli.loading import load_model
    from seqkit.inference import Labeller

    code, _, errors = run(monkeypatch, capsys, "export", trained / "model", "--output", tmp_path / "onnx")
    assert code == 0, errors
    rows = [torch.tensor(row["input_features"]).numpy() for row in ROWS[:4]]
    found = torch.tensor(np.stack(runtime.load(tmp_path / "onnx").scores(rows)))
    torch.testing.assert_close(found, Labeller(load_model(str(trained / "model"))).scores(rows), rtol=0, atol=1e-4)


def test_a_push_asks_for_what_a_series_needs(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    from seqkit.hub.card import render_into
    from seqkit.hub.check import problems

    shutil.copytree(trained / "model", folder := tmp_path / "model")
    code, _, errors = run(monkeypatch, capsys, "push", folder, "me/model")
    assert code == 1
    assert "--licence" in errors
    assert "--language" not in errors
    assert read_told(folder) == Told()
    write_told(folder, Told(licence="mit", data=DataSet(name="Ups and downs", licence="cc0-1.0")))
    render_into(folder)
    assert problems(folder) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["demo", "model"], "the model reads vectors of 2 numbers; the page has text to give"),
        (["generate", "model"], "which does not go on with a text"),
        (["predict", "model", "some text"], "reads series of vectors, which are given by --data FILE"),
        (["predict", "model", "--data", "text.jsonl"], "'text' is what models for causal-lm read"),
        (["evaluate", "model", "--data", "text.jsonl"], "'text' is what models for causal-lm read"),
        (["evaluate", "model", "--data", "text.txt"], "no .jsonl or .json file"),
        (["evaluate", "model", "--data", "wide.jsonl"], "step 1 has 3 numbers, where 2 are expected"),
        (["predict", "model", "--data", "wide.jsonl"], "step 1 has 3 numbers, where 2 are expected"),
        (["evaluate", "model", "--data", "other.jsonl"], "label 'sideways' was not seen in training"),
        (["evaluate", "steps", "--data", "a.jsonl"], "RNNForTokenClassification that reads vectors is not used"),
        (["train", *TRAIN, "--data", "nan.jsonl"], "nan.jsonl, line 2: column 'input_features': number 1 of step 1"),
        (["train", "--task", "sequence-classification", "--data", "a.jsonl"], "models for series-classification read"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else None,
)
def test_mistakes_are_told(
    words: list[str], message: str, trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    if words[0] == "demo":
        pytest.importorskip("gradio")
    write(trained / "text.jsonl", [{"text": "a", "label": "up"}])
    (trained / "text.txt").write_text("a\n")
    write(trained / "wide.jsonl", [{"input_features": [[1.0, 2.0, 3.0]], "label": "up"}])
    write(trained / "other.jsonl", [{"input_features": [[1.0, 2.0]], "label": "sideways"}])
    write(trained / "nan.jsonl", [ROWS[0], {"input_features": [[float("nan"), 2.0]], "label": "up"}])
    make(RNNForTokenClassification, vocab_size=None, num_features=2).save_pretrained(trained / "steps")
    monkeypatch.chdir(trained)
    assert message in refused(monkeypatch, capsys, *words)
