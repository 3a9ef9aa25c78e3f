"""The verbs of the command line on an encoder-decoder that reads float vectors, typed as one would."""

import json
from pathlib import Path

import pytest
import torch

from seqkit import CharTokenizer, RNNConfig, RNNForConditionalGeneration
from seqkit.inference import Translator, labeller
from seqkit.tokenizers.pair import save_tokenizers
from tests.cli.test_commands import refused, run
from tests.cli.test_series import write

LETTERS = CharTokenizer.train("abc", add_eos=True)
# Series of 1 to 5 steps, so that a batch holds padding.
ROWS = [{"input_features": [[0.5 * n, -1.0 * (n % 3)]] * (1 + n % 5), "target": "abc"[: 1 + n % 3]} for n in range(20)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a saved model of random weights, and files for it."""
    folder = tmp_path_factory.mktemp("vectors")
    torch.manual_seed(0)
    ids = {name: getattr(LETTERS, name) for name in ("pad_token_id", "bos_token_id", "eos_token_id")}
    sizes = {"num_features": 2, "vocab_size": len(LETTERS), "hidden_size": 8, "attention": "dot"}
    made = RNNForConditionalGeneration(RNNConfig(is_encoder_decoder=True, **sizes, **ids))
    for parameter in made.parameters():
        torch.nn.init.uniform_(parameter, -1, 1)
    made.generation_config.max_length = 6
    made.save_pretrained(folder / "model")
    save_tokenizers(folder / "model", None, LETTERS)
    write(folder / "a.jsonl", ROWS)
    write(folder / "nan.jsonl", [ROWS[0], {"input_features": [[1.0, float("nan")]], "target": "a"}])
    write(folder / "ragged.jsonl", [ROWS[0], {"input_features": [[1.0, 2.0], [3.0]], "target": "a"}])
    write(folder / "wide.jsonl", [{"input_features": [[1.0, 2.0, 3.0]], "target": "a"}])
    write(folder / "bare.jsonl", [{"input_features": [[1.0, 2.0]]}])
    write(folder / "text.jsonl", [{"text": "a", "target": "b"}])
    return folder


def lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_each_row_has_its_target_in_order(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    words = ["predict", folder / "model", "--data", folder / "a.jsonl"]
    code, _, errors = run(monkeypatch, capsys, *words, "--batch-size", "3", "--output", tmp_path / "a.jsonl")
    assert code == 0, errors
    model = RNNForConditionalGeneration.from_pretrained(folder / "model")
    alone = [Translator(model, None, LETTERS).answer([row["input_features"]])[0]["target"] for row in ROWS]
    assert len(set(alone)) > 2
    assert lines(tmp_path / "a.jsonl") == [
        {"input_features": row["input_features"], "target": target} for row, target in zip(ROWS, alone, strict=True)
    ]
    code, shown, _ = run(monkeypatch, capsys, *words)
    assert shown.splitlines() == alone


def test_an_interrupted_run_goes_on_to_the_same_bytes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(labeller, "WINDOW", 8)
    answer, asked = Translator.answer, []

    def interrupted(self: Translator, rows: list) -> list[dict]:
        asked.append(len(rows))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return answer(self, rows)

    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    words = ["predict", folder / "model", "--data", folder / "a.jsonl", "--output"]
    assert run(monkeypatch, capsys, *words, whole)[0] == 0
    monkeypatch.setattr(Translator, "answer", interrupted)
    assert run(monkeypatch, capsys, *words, cut)[0] == 130
    assert not cut.exists()
    assert run(monkeypatch, capsys, *words, cut, "--resume")[0] == 0
    assert asked == [8, 8, 8, 4]
    assert cut.read_bytes() == whole.read_bytes()


def test_it_is_evaluated_looked_into_and_told_of(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    words = [folder / "model", "--data", folder / "a.jsonl"]
    run(monkeypatch, capsys, "predict", *words, "--output", tmp_path / "a.jsonl")
    found = [answer["target"] == row["target"] for answer, row in zip(lines(tmp_path / "a.jsonl"), ROWS, strict=True)]
    code, shown, errors = run(monkeypatch, capsys, "evaluate", *words, "--json")
    assert code == 0, errors
    figures = json.loads(shown)
    assert figures["exact_match"] == pytest.approx(sum(found) / len(found))
    assert figures["loss"] > 0
    code, shown, errors = run(monkeypatch, capsys, "inspect", *words, "--json", "--output", tmp_path / "report")
    assert code == 0, errors
    assert len(json.loads(shown)["layers"]) == 2
    assert run(monkeypatch, capsys, "info", folder / "model")[0] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["predict", "model", "abc"], '(.jsonl), a row a line: {"input_features": [[0.1, 2.0], [0.3, 1.5]]}'),
        (["predict", "model", "--data", "nan.jsonl"], "nan.jsonl, line 2: column 'input_features': number 2 of step 1"),
        (["predict", "model", "--data", "ragged.jsonl"], "step 2 has 1 numbers, where 2 are expected in every step"),
        (["predict", "model", "--data", "wide.jsonl"], "wide.jsonl, line 1: column 'input_features': step 1 has 3"),
        (["predict", "model", "--data", "a.jsonl", "--data", "wide.jsonl"], "wide.jsonl, line 1: column"),
        (["predict", "model", "--data", "text.jsonl"], "'text' is what models for causal-lm read"),
        (["evaluate", "model", "--data", "nan.jsonl"], "nan.jsonl, line 2: column 'input_features': number 2"),
        (["evaluate", "model", "--data", "wide.jsonl"], "step 1 has 3 numbers, where 2 are expected"),
        (["evaluate", "model", "--data", "bare.jsonl"], "no column with a usual name (target, tgt"),
        (["generate", "model", "a"], "which does not go on with a text. Use: seqkit predict model"),
        (["export", "model", "--output", "onnx"], "cannot be exported yet"),
        (["train", "--task", "series-to-text", "--data", "a.jsonl"], "examples/digit_to_words.py"),
    ],
    ids=lambda value: " ".join(value[:1] + value[-1:]) if isinstance(value, list) else None,
)  # fmt: skip
def test_mistakes_are_told(
    words: list[str], message: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    if words[0] == "export":
        pytest.importorskip("onnxruntime")
    monkeypatch.chdir(folder)
    assert message in refused(monkeypatch, capsys, *words)
