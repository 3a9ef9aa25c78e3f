"""The command line as a user types it, from files to models and back."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from seqkit import RNNConfig, RNNForConditionalGeneration
from seqkit.cli import main
from tests import fresh
from tests.training.test_tasks import CONLL, CSV


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, *words: str | Path) -> tuple[int, str, str]:
    """Run `seqkit …` in this process; return exit code, output and errors."""
    monkeypatch.setattr(sys, "argv", ["seqkit", *map(str, words)])
    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    return code, *capsys.readouterr()


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, *words: str | Path) -> str:
    """Run `seqkit …`, which must end with one clear error; return it."""
    code, shown, errors = run(monkeypatch, capsys, *words)
    assert code == 1
    assert errors.startswith("error: ")
    assert "Traceback" not in shown + errors
    return errors


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


def test_info_of_an_encoder_decoder_has_both_sides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    sizes = {"vocab_size": 9, "hidden_size": 4, "embedding_size": 3, "cell": "gru", "bos_token_id": 1}
    shared = RNNConfig(is_encoder_decoder=True, share_embeddings=True, num_decoder_layers=2, **sizes)
    RNNForConditionalGeneration(shared).save_pretrained(tmp_path / "m")
    code, output, errors = run(monkeypatch, capsys, "info", str(tmp_path / "m"), "--json")
    assert code == 0, errors
    facts = json.loads(output)
    assert facts["parameters"]["embedding"] == 9 * 3
    assert facts["state_numbers_per_sequence"] == 2 * 4
    assert len(facts["layers"]) == 3


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


def test_a_language_model_becomes_a_classifier(
    writer: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (folder / "start.csv").write_text(CSV)
    words = ["train", "--task", "sequence-classification", "--data", str(folder / "start.csv"), "--use-cpu", "--json"]
    words += ["--model-name-or-path", str(writer), "--output", str(folder / "start"), "--pooling", "concat"]
    words += ["--gradual-unfreezing", "--layer-lr-factor", "2.6", "--lr-scheduler-type", "slanted_triangular"]
    code, _, errors = run(monkeypatch, capsys, *words, "--num-train-epochs", "3")
    assert code == 0
    assert "new: score.bias, score.weight; left behind: lm_head.bias, lm_head.weight" in " ".join(errors.split())
    made, start = (json.loads((path / "config.json").read_text()) for path in (folder / "start", writer))
    assert (made["pooling"], made["hidden_size"]) == ("concat", start["hidden_size"])
    assert (folder / "start" / "tokenizer.json").read_text() == (writer / "tokenizer.json").read_text()


MISTAKES = {
    "no start": (["train", "--task", "causal-lm", "--data", "{text}", "--model-name-or-path", "./x"], "config.json"),
    "no data": (["train", "--task", "causal-lm"], "--data"),
    "missing file": (["train", "--task", "causal-lm", "--data", "nowhere.txt"], "nowhere.txt"),
    "empty file": (["train", "--task", "causal-lm", "--data", "{empty}"], "empty"),
    "not UTF-8": (["train", "--task", "causal-lm", "--data", "{latin}"], "byte"),
    "no such task": (["train", "--task", "causal", "--data", "{text}"], "'causal-lm'"),
    "no such cell": (["train", "--task", "causal-lm", "--data", "{text}", "--cell", "lstmm"], "'lstm'"),
    "no such head": (["train", "--task", "causal-lm", "--data", "{text}", "--head", "causal"], "'causal-lm'"),
    "another task's head": (
        ["train", "--task", "causal-lm", "--data", "{text}", "--head", "token-classification"],
        "is served by: causal-lm",
    ),
    "no such option": (["train", "--task", "causal-lm", "--data", "{text}", "--hiden-size", "3"], "hidden_size"),
    "no such column": (
        ["train", "--task", "sequence-classification", "--data", "{csv}", "--label-column", "x"],
        "label",
    ),
    "one class": (["train", "--task", "sequence-classification", "--data", "{one}"], "class"),
    "too short": (["train", "--task", "causal-lm", "--data", "{short}"], "tokens"),
    "shorter than a batch": (
        ["train", "--task", "causal-lm", "--data", "{less}"],
        "has 900 tokens, less than one batch of 16 streams of 64 + 1, which needs 1025",
    ),
    "no such tracker": (
        ["train", "--task", "causal-lm", "--data", "{text}", "--report-to", "tensorbord"],
        "'tensorboard'",
    ),
    "no model": (["info", "{csv}"], "config.json"),
    "no such folder": (["generate", "./nowhere"], "nowhere"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_get_one_clear_line_and_leave_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    contents = {"empty": b"", "latin": b"caf\xe9", "text": b"abc " * 3000, "short": b"abc", "less": b"abcd " * 200}
    contents |= {"csv": CSV.encode(), "one": b"text,label\na,x\nb,x\nc,x\n"}
    files = {key: tmp_path / f"{key}.{'csv' if key in ('csv', 'one') else 'txt'}" for key in contents}
    for key, path in files.items():
        path.write_bytes(contents[key])
    words, expected = MISTAKES[name]
    output = ["--output", str(tmp_path / "out")] if words[0] == "train" else []
    assert expected in refused(monkeypatch, capsys, *(word.format(**files) for word in words), *output)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("task", ["causal-lm", "sequence-classification"])
def test_a_dry_run_tells_and_writes_nothing(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    data = tmp_path / ("a.txt" if task == "causal-lm" else "a.csv")
    data.write_text("def f(x):\n    return x\n\n" * 400 if task == "causal-lm" else CSV)
    monkeypatch.chdir(tmp_path)
    words = ["train", "--task", task, "--data", str(data), "--dry-run", "--use-cpu", "--hidden-size", "32"]
    code, output, _ = run(monkeypatch, capsys, *words, "--json")
    plan = json.loads(output)
    assert code == 0
    assert plan["steps"] == {"causal-lm": 1150, "sequence-classification": 10}[task]
    assert plan["memory"]["gradients"] == 4 * plan["parameters"]
    assert run(monkeypatch, capsys, *words)[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == [data.name]


def test_a_training_that_explodes_ends_with_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "a.txt").write_text("def f(x):\n    return x\n\n" * 400)
    words = ["train", "--task", "causal-lm", "--data", str(tmp_path / "a.txt"), "--output", str(tmp_path / "out")]
    words += ["--optim", "sgd", "--learning-rate", "3e38", "--warmup-steps", "0", "--max-grad-norm", "0", "--use-cpu"]
    code, _, errors = run(monkeypatch, capsys, *words)
    assert code == 1
    assert errors.startswith("error: the loss is ")
    assert "learning_rate (3e+38)" in errors
    assert not (tmp_path / "out" / "model.safetensors").exists()


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


def typed(words: list[str], folder: Path, site: Path) -> list[str]:
    """Return the lines of a command that is typed in a folder, with what is installed in another."""
    code = f"import sys; sys.argv = {words}\nfrom seqkit.cli import main; main()"
    return fresh.printed(code, folder, site, COLUMNS="200")


def test_training_with_plugins_tells_and_records_where_they_came_from(tmp_path: Path) -> None:
    site = fresh.install(tmp_path / "site")
    (tmp_path / "a.txt").write_text("def f(x):\n    return x\n\n" * 200)
    words = ["seqkit", "train", "--task", "causal-lm", "--data", "a.txt", "--output", "out", "--max-steps", "1"]
    words += ["--cell", "leaky", "--tokenizer", "bare", "--hidden-size", "8", "--embedding-size", "8", "--use-cpu"]
    lines = typed(words, tmp_path, site)
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


@pytest.fixture(scope="module")
def checkpointed(writer: Path, folder: Path) -> Path:
    """A language model with checkpoints, by a command that may be run again until it ends."""
    train(folder, "causal-lm", "a.txt", "checkpointed", "--max-steps", "12", "--save-steps", "5", "--resume")
    return folder / "checkpointed"


def go_on(folder: Path, output: Path, *options: str) -> list[str]:
    words = ["train", "--task", "causal-lm", "--data", str(folder / "a.txt"), "--output", str(output), "--use-cpu"]
    sizes = ["--hidden-size", "32", "--embedding-size", "16", "--max-steps", "12"]
    return [*words, *sizes, *options]


def test_a_training_that_was_cut_off_goes_on_to_the_same_end(
    checkpointed: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    output = tmp_path / "cut"
    shutil.copytree(checkpointed / "checkpoint-5", output / "checkpoint-5")
    code, _, errors = run(monkeypatch, capsys, *go_on(folder, output))
    assert code == 1
    assert "checkpoint-5 of a training that has not ended. Go on with it by --resume" in " ".join(errors.split())
    code, shown, _ = run(monkeypatch, capsys, *go_on(folder, output, "--resume"))
    assert code == 0
    assert "goes on from step 5 of 12" in shown
    assert (output / "model.safetensors").read_bytes() == (checkpointed / "model.safetensors").read_bytes()
    assert "from step 5 on" in (output / "README.md").read_text()
    assert (output / "checkpoint-5").is_dir()


def test_another_training_does_not_go_on_from_it(
    checkpointed: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    shutil.copytree(checkpointed / "checkpoint-5", tmp_path / "cut" / "checkpoint-5")
    code, _, errors = run(monkeypatch, capsys, *go_on(folder, tmp_path / "cut", "--resume", "--seed", "7"))
    assert code == 1
    assert "seed is 7, there 42" in errors
    code, _, errors = run(monkeypatch, capsys, *go_on(folder, checkpointed, "--resume"))
    assert code == 1
    assert "would be overwritten" in errors


def test_a_named_checkpoint_begins_another_folder(
    checkpointed: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    named = ["--resume-from-checkpoint", str(checkpointed / "checkpoint-10")]
    code, shown, _ = run(monkeypatch, capsys, *go_on(folder, tmp_path / "out", *named))
    assert code == 0
    assert "goes on from step 10 of 12" in shown
    assert (tmp_path / "out" / "model.safetensors").read_bytes() == (checkpointed / "model.safetensors").read_bytes()


def test_a_plugins_head_is_trained_evaluated_and_predicts(tmp_path: Path) -> None:
    site = fresh.install(tmp_path / "site")
    (tmp_path / "a.conll").write_text(CONLL)
    sizes = ["--hidden-size", "16", "--embedding-size", "8", "--num-train-epochs", "20", "--use-cpu"]
    words = ["seqkit", "train", "--task", "token-classification", "--data", "a.conll", "--output", "out"]
    lines = typed([*words, "--head", "seqkit-leaky/doubled", *sizes], tmp_path, site)
    assert any("head doubled of seqkit-leaky 1.2.3" in line for line in lines)
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["architectures"] == ["RNNDoubled"]
    head = {"name": "doubled", "distribution": "seqkit-leaky", "version": "1.2.3"}
    assert config["provenance"]["head"] == head
    card = (tmp_path / "out" / "README.md").read_text()
    assert "pip install seqkit seqkit-leaky\n" in card
    assert "head doubled of seqkit-leaky 1.2.3" in card
    assert typed(["seqkit", "predict", "out", "the dog runs"], tmp_path, site) == ["the/DET dog/NOUN runs/VERB"]
    figures = json.loads("".join(typed(["seqkit", "evaluate", "out", "--data", "a.conll", "--json"], tmp_path, site)))
    assert figures["accuracy"] == 1.0
    code = "import seqkit; from transformers import pipeline; tag = pipeline('token-classification', 'out'); "
    code += "print(type(tag.model).__name__, *(each['entity'] for each in tag('the dog runs')))"
    assert fresh.printed(code, tmp_path, site) == ["RNNDoubled DET NOUN VERB"]
