"""A folder that is not what was exported is refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqkit.errors import CheckpointError
from seqkit.runtime import load
from seqkit.runtime.folder import Folder, sha256


@pytest.fixture
def copy(exports: Any, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exports("writer")[2], tmp_path / "copy"))


def replaced(folder: Path, name: str, data: bytes) -> None:
    """Put other bytes in a file's place, and tell their sum: what somebody would do who means harm."""
    (folder / name).write_bytes(data)
    told = json.loads((folder / "export.json").read_text(encoding="utf-8"))
    told["files"][name] = sha256(data)
    (folder / "export.json").write_text(json.dumps(told), encoding="utf-8")


def test_a_whole_folder_is_read(copy: Path) -> None:
    folder = Folder.read(copy)
    assert folder.contents.keys() == folder.description.files.keys()
    assert {name: row.shape for name, row in folder.start().items()} == {"state.0.0": (1, 6), "state.1.0": (1, 6)}


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"is no folder.*seqkit export"):
        load(tmp_path / "nothing")
    with pytest.raises(CheckpointError, match=r"holds no export\.json"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "step.onnx", "state.npz", "tokenizer.json"])
def test_files_that_changed_or_are_missing(name: str, copy: Path) -> None:
    with (copy / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(CheckpointError, match=rf"{name} has changed since it was exported"):
        load(copy)
    (copy / name).unlink()
    with pytest.raises(CheckpointError, match=f"{name} cannot be read"):
        load(copy)


def test_descriptions_that_are_no_text(copy: Path) -> None:
    (copy / "export.json").write_bytes(b"\xff\xfe")
    with pytest.raises(CheckpointError, match="no UTF-8"):
        load(copy)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("model.onnx", b"no graph", "no graph that onnxruntime runs"),
        ("tokenizer.json", b"{}", r"tokenizer\.json: the model has no vocabulary"),
        ("tokenizer.json", b"\xff", r"tokenizer\.json is not a valid JSON"),
        ("state.npz", b"no arrays", "cannot be read"),
    ],
)
def test_files_of_the_right_sum_that_are_something_else(name: str, data: bytes, said: str, copy: Path) -> None:
    replaced(copy, name, data)
    with pytest.raises(CheckpointError, match=said):
        load(copy)


def test_states_of_another_shape_or_kind(copy: Path) -> None:
    for rows in ({"state.0.0": np.zeros((1, 6), np.float32)}, {"state.0.0": np.array([object()]), "state.1.0": 0}):
        np.savez(copy / "other.npz", **rows)
        replaced(copy, "state.npz", (copy / "other.npz").read_bytes())
        with pytest.raises(CheckpointError, match=r"state\.npz (holds|cannot be read)"):
            load(copy)


def test_the_graph_of_another_model(copy: Path, exports: Any) -> None:
    replaced(copy, "model.onnx", (exports("classifier")[2] / "model.onnx").read_bytes())
    with pytest.raises(CheckpointError, match=r"model\.onnx reads and gives"):
        load(copy)
