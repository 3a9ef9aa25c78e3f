"""The code of a card runs as it stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seqkit.hub.source import read_source
from seqkit.hub.usage import usage
from tests.hub.cases import save


@pytest.mark.parametrize("task", ["sequence-classification", "series-classification"])
def test_the_code_loads_the_model_and_lets_it_answer(tmp_path: Path, task: str) -> None:
    code = usage(read_source(save(tmp_path / "days", task=task)))
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "'label': 'good'" in done.stdout or "'label': 'bad'" in done.stdout


def test_text_is_tokenized_and_vectors_have_their_width(tmp_path: Path) -> None:
    text, vectors = (
        usage(read_source(save(tmp_path / task, task=task))) for task in ("causal-lm", "series-classification")
    )
    assert 'pipeline("text-generation"' in text
    assert "[[0.0] * 3]" in vectors
    assert "okenizer" not in vectors
