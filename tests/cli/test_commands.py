"""The command line as a user types it, from files to models and back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from seqkit.cli import main
from tests import fresh
from tests.training.test_tasks import CONLL, CSV


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, *words: str) -> tuple[int, str, str]:
    """Run `seqkit …` in this process; return exit code, output and errors."""
    monkeypatch.setattr(sys, "argv", ["seqkit", *words])
    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    return code, *capsys.readouterr()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def writer(folder: Path) -> Path:
    """A language model, trained by the command."""
    (folder / "a.txt").write_text("def f(x):\n    return x\n\n" * 400)
    train(folder, "causal-lm", "a.txt", "writer", "--max-steps", "20", "--eval-steps", "10")
    return folder / "writer"


@pytest.fixture(scope="module")
def classifier(folder: Path) -> Path:
    (folder / "a.csv").write_text(CSV)
    train(folder, "sequence-classification", "a.csv", "classifier", "--num-train-epochs", "40", "--eval-strategy", "no")
    return folder / "classifier"


@pytest.fixture(scope="module")
def tagger(folder: Path) -> Path:
    (folder / "a.conll").write_text(CONLL)
    train(folder, "token-classification", "a.conll", "tagger", "--num-train-epochs", "8", "--cell", "gru")
    return folder / "tagger"


def train(folder: Path, task: str, data: str, output: str, *options: str) -> None:
    sizes = ["--hidden-size", "32", "--embedding-size", "16", "--use-cpu"]
    words = ["train", "--task", task, "--data", str(folder / data), "--output", str(folder / output), *sizes, *options]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["seqkit", *words])
        with pytest.raises(SystemExit) as end:
            main()
    assert not end.value.code, "the command failed"


def test_training_leaves_a_whole_folder(writer: Path) -> None:
    names = {file.name for file in writer.iterdir()}
    wanted = {"model.safetensors", "config.json", "generation_config.json", "tokenizer.json", "README.md", "loss.png"}
    wanted |= {"gradient.png"}
    assert wanted <= names
    card = (writer / "README.md").read_text()
    assert "import seqkit" in card
    assert "seed 42" in card
    assert "![gradient through time](gradient.png)" in card
    assert "layer 0 (LSTM)" in card
    assert str(writer.parent) not in card
    metrics = json.loads((writer / "metrics.json").read_text())
    assert f"{metrics['metrics']['loss']:,.4f}" in card


def test_the_folder_loads_through_auto_classes(writer: Path) -> None:
    model, tokenizer = AutoModelForCausalLM.from_pretrained(writer), AutoTokenizer.from_pretrained(writer)
    assert type(model).__name__ == "RNNForCausalLM"
    assert tokenizer.decode(tokenizer.encode("def f(x):\n")) == "def f(x):\n"


def test_generate_writes(writer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    words = ["generate", str(writer), "def ", "--max-new-tokens", "30", "--seed", "1"]
    code, output, _ = run(monkeypatch, capsys, *words)
    assert code == 0
    assert output.startswith("def ")
    assert len(output) > 20
    assert run(monkeypatch, capsys, *words)[1] == output


def test_info_tells_layers_state_and_plan(
    writer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    code, output, _ = run(monkeypatch, capsys, "info", str(writer), "--json")
    facts = json.loads(output)
    assert code == 0
    assert facts["state_numbers_per_sequence"] == 64
    assert facts["layers"][0]["plan"] == "fused"
    code, output, _ = run(monkeypatch, capsys, "info", str(writer))
    assert "fused" in output


def test_evaluate_measures_a_text(
    writer: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    code, output, _ = run(monkeypatch, capsys, "evaluate", str(writer), "--data", str(folder / "a.txt"), "--json")
    figures = json.loads(output)
    assert code == 0
    assert 0 < figures["loss"] < 3
    assert figures["bits_per_character"] == pytest.approx(figures["loss"] / 0.693147, rel=1e-3)


def test_classifier_evaluates_and_predicts(
    classifier: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    words = ["evaluate", str(classifier), "--data", str(folder / "a.csv"), "--json"]
    assert json.loads(run(monkeypatch, capsys, *words)[1])["accuracy"] == 1.0
    code, output, _ = run(monkeypatch, capsys, "predict", str(classifier), "good day number 3", "bad day number 3")
    assert code == 0
    assert [line.split("\t")[0] for line in output.splitlines()] == ["pos", "neg"]


def test_tagger_predicts_from_a_file(
    tagger: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    output = folder / "tags.jsonl"
    words = ["predict", str(tagger), "--data", str(folder / "a.conll"), "--output", str(output)]
    assert run(monkeypatch, capsys, *words)[0] == 0
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert len(rows) == 20
    assert rows[0] == {"tokens": ["the", "dog", "runs"], "labels": ["DET", "NOUN", "VERB"]}
    assert run(monkeypatch, capsys, "predict", str(tagger), "the dog runs")[1].strip() == "the/DET dog/NOUN runs/VERB"


def test_a_label_not_seen_in_training_is_named(
    classifier: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (folder / "new.csv").write_text("text,label\nfine day,poss\n")
    code, _, errors = run(monkeypatch, capsys, "evaluate", str(classifier), "--data", str(folder / "new.csv"))
    assert code == 1
    assert "poss" in errors
    assert "pos" in errors


MISTAKES = {
    "no data": (["train", "--task", "causal-lm"], "--data"),
    "missing file": (["train", "--task", "causal-lm", "--data", "nowhere.txt"], "nowhere.txt"),
    "empty file": (["train", "--task", "causal-lm", "--data", "{empty}"], "empty"),
    "not UTF-8": (["train", "--task", "causal-lm", "--data", "{latin}"], "byte"),
    "no such task": (["train", "--task", "causal", "--data", "{text}"], "'causal-lm'"),
    "no such cell": (["train", "--task", "causal-lm", "--data", "{text}", "--cell", "lstmm"], "'lstm'"),
    "no such option": (["train", "--task", "causal-lm", "--data", "{text}", "--hiden-size", "3"], "hidden_size"),
    "no such column": (
        ["train", "--task", "sequence-classification", "--data", "{csv}", "--label-column", "x"],
        "label",
    ),
    "one class": (["train", "--task", "sequence-classification", "--data", "{one}"], "class"),
    "too short": (["train", "--task", "causal-lm", "--data", "{short}"], "tokens"),
    "no model": (["info", "{csv}"], "config.json"),
    "no such folder": (["generate", "./nowhere"], "nowhere"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_get_one_clear_line_and_leave_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    contents = {"empty": b"", "latin": b"caf\xe9", "text": b"abc " * 3000, "short": b"abc"}
    contents |= {"csv": CSV.encode(), "one": b"text,label\na,x\nb,x\nc,x\n"}
    files = {key: tmp_path / f"{key}.{'csv' if key in ('csv', 'one') else 'txt'}" for key in contents}
    for key, path in files.items():
        path.write_bytes(contents[key])
    words, expected = MISTAKES[name]
    output = ["--output", str(tmp_path / "out")] if words[0] == "train" else []
    code, shown, errors = run(monkeypatch, capsys, *(word.format(**files) for word in words), *output)
    assert code == 1
    assert errors.startswith("error: ")
    assert expected in errors
    assert "Traceback" not in shown + errors
    assert not (tmp_path / "out").exists()


def test_an_existing_model_is_not_overwritten(
    writer: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    before = (writer / "model.safetensors").read_bytes()
    words = ["train", "--task", "causal-lm", "--data", str(folder / "a.txt"), "--output", str(writer)]
    code, _, errors = run(monkeypatch, capsys, *words)
    assert code == 1
    assert "--output" in errors
    assert (writer / "model.safetensors").read_bytes() == before


def test_help_is_light_and_the_module_is_the_command() -> None:
    code = "import sys; sys.argv = ['seqkit', '--help']\nfrom seqkit.cli import main\ntry:\n    main()\nfinally:\n"
    code += "    print(sorted({'torch', 'transformers', 'datasets'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.rstrip().endswith("[]")
    module = subprocess.run([sys.executable, "-m", "seqkit", "--help"], capture_output=True, text=True, check=True)
    assert "generate" in module.stdout


def test_training_with_plugins_tells_and_records_where_they_came_from(tmp_path: Path) -> None:
    site = fresh.install(tmp_path / "site")
    (tmp_path / "a.txt").write_text("def f(x):\n    return x\n\n" * 200)
    words = ["seqkit", "train", "--task", "causal-lm", "--data", "a.txt", "--output", "out", "--max-steps", "1"]
    words += ["--cell", "leaky", "--tokenizer", "bare", "--hidden-size", "8", "--embedding-size", "8", "--use-cpu"]
    code = f"import sys; sys.argv = {words}\nfrom seqkit.cli import main; main()"
    lines = fresh.printed(code, tmp_path, site, COLUMNS="200")
    (line,) = [line for line in lines if line.startswith("plugins: ")]
    assert line.startswith("plugins: cell leaky of seqkit-leaky 1.2.3, head causal-lm of seqkit 0")
    assert line.endswith("tokenizer bare of seqkit-leaky 1.2.3")
    provenance = json.loads((tmp_path / "out" / "config.json").read_text())["provenance"]
    assert provenance == {
        part: {"name": name, "distribution": "seqkit-leaky", "version": "1.2.3"}
        for part, name in (("cell", "leaky"), ("tokenizer", "bare"))
    }
    card = (tmp_path / "out" / "README.md").read_text()
    assert "pip install seqkit seqkit-leaky\n" in card
    assert "Plugins: cell leaky of seqkit-leaky 1.2.3, tokenizer bare of seqkit-leaky 1.2.3." in card
