"""`export_onnx` writes a whole folder or none."""

import json
from pathlib import Path
from typing import Any

import pytest

from seqkit.errors import ExportError
from seqkit.export import export_onnx, parity
from seqkit.runtime.folder import sha256
from tests.export.cases import classifier

FILES = {"README.md", "export.json", "model.onnx", "tokenizer.json"}


def test_the_folder_holds_what_its_description_says(exports: Any) -> None:
    for kind, files in (
        ("tagger", FILES | {"words.onnx"}),
        ("classifier", FILES),
        ("writer", FILES | {"step.onnx", "state.npz"}),
    ):
        folder = exports(kind)[2]
        assert {path.name for path in folder.iterdir()} == files
        told = json.loads((folder / "export.json").read_text(encoding="utf-8"))
        assert told["files"] == {
            name: sha256((folder / name).read_bytes()) for name in files - {"README.md", "export.json"}
        }
        assert not list(folder.parent.glob(".*"))


def test_how_near_it_is_to_torch_is_told(exports: Any) -> None:
    made = exports("writer")[3]
    assert made.differences.keys() == {"model.onnx", "step.onnx"}
    assert all(0 <= difference <= 1e-5 for difference in made.differences.values())
    assert made.megabytes["model.onnx"] > 0


def test_a_folder_that_exists_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(ExportError, match="exists"):
        export_onnx(*classifier(), tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []


def test_what_differs_from_torch_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parity, "ALLOWED", -1.0)
    with pytest.raises(ExportError, match="differs from torch"):
        export_onnx(*classifier(), tmp_path / "deep" / "onnx")
    assert list((tmp_path / "deep").iterdir()) == []
