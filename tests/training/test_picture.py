"""The loss curve is a picture with both curves, or is not drawn."""

import sys
from pathlib import Path

import pytest

from seqkit.training.picture import loss_curve

HISTORY = [{"step": 1, "loss": 3.0}, {"step": 2, "loss": 2.0}, {"step": 2, "eval_loss": 2.5}, {"step": 2, "runtime": 1}]


def test_it_is_a_png(tmp_path: Path) -> None:
    assert loss_curve(HISTORY, tmp_path / "loss.png", "title")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in tmp_path.iterdir()] == ["loss.png"]


def test_without_matplotlib_it_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert not loss_curve(HISTORY, tmp_path / "loss.png", "title")
    assert not list(tmp_path.iterdir())
