"""`seqkit export` as it is typed."""

from pathlib import Path

import pytest

from seqkit import runtime
from seqkit.generation import Stream
from tests.cli.test_commands import run
from tests.export.cases import writer


def test_a_saved_model_is_exported_and_writes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    network, tokenizer = writer("rnn")
    network.save_pretrained(tmp_path / "poems")
    tokenizer.save_pretrained(tmp_path / "poems")
    monkeypatch.chdir(tmp_path)
    code, said, _ = run(monkeypatch, capsys, "export", "poems", "--to", "onnx")
    assert code == 0
    assert "poems-onnx is ready" in said
    assert "model.onnx\t" in said
    expected = Stream(network, tokenizer).feed("나리").generate(30, do_sample=False)
    assert runtime.load("poems-onnx").generate("나리", 30) == expected
    code, _, said = run(monkeypatch, capsys, "export", "poems")
    assert code == 1
    assert "poems-onnx exists" in said


def test_other_formats_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    code, _, said = run(monkeypatch, capsys, "export", str(tmp_path), "--to", "coreml")
    assert code == 1
    assert "--to is 'coreml'; expected onnx" in said
