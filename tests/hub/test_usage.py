"""The code of a card runs as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seqkit.hub.source import read_source
from seqkit.hub.usage import command, usage
from tests.hub.cases import save


def answered(tmp_path: Path, task: str) -> str:
    """Run the code of a card, and return what it prints."""
    code = usage(read_source(save(tmp_path / "days", task=task)))
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_writes_for_vectors_writes_one_text(tmp_path: Path) -> None:
    assert re.fullmatch(r"\[(['\"]).*\1\]\n", answered(tmp_path, "series-to-text"), re.DOTALL)


@pytest.mark.parametrize("task", ["sequence-classification", "series-classification"])
def test_the_code_loads_the_model_and_lets_it_answer(tmp_path: Path, task: str) -> None:
    shown = answered(tmp_path, task)
    assert "'label': 'good'" in shown or "'label': 'bad'" in shown


def test_text_is_tokenized_and_vectors_have_their_width(tmp_path: Path) -> None:
    text, vectors = (
        usage(read_source(save(tmp_path / task, task=task))) for task in ("causal-lm", "series-classification")
    )
    assert 'pipeline("text-generation"' in text
    assert "[[0.0] * 3]" in vectors
    assert "okenizer" not in vectors


def test_what_reads_vectors_has_its_command_and_a_row(tmp_path: Path) -> None:
    assert command(read_source(save(tmp_path / "days"))) == []
    row, shown = command(read_source(save(tmp_path / "series", task="series-classification"), "me/series"))
    assert '`{"input_features": [[3 numbers], …]}`' in row
    assert "seqkit predict me/series --data rows.jsonl" in shown
