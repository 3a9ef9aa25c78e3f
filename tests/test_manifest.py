import json
from pathlib import Path

import pytest

from seqkit.errors import CheckpointError
from seqkit.manifest import MANIFEST, read, seal, verify

RECORD = {"step": 3, "resumable": True, "training": {"seed": 1}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.bin").write_bytes(b"abc" * 1000)
    (tmp_path / "inner" / "b.bin").write_bytes(b"x")
    (tmp_path / "README.md").write_text("a card")
    seal(tmp_path, RECORD)
    return tmp_path


def test_a_whole_checkpoint_gives_its_manifest(folder: Path) -> None:
    manifest = verify(folder)
    assert manifest["training"] == {"seed": 1}
    assert manifest["step"] == 3
    assert set(manifest["files"]) == {"a.bin", "inner/b.bin"}
    assert manifest["files"]["a.bin"]["size"] == 3000


def test_people_may_write_in_the_card_and_add_files(folder: Path) -> None:
    (folder / "README.md").write_text("my own words")
    (folder / "notes.txt").write_text("added by a callback")
    assert verify(folder)["resumable"]


def test_a_missing_a_short_and_a_changed_file_are_named(folder: Path) -> None:
    data = (folder / "a.bin").read_bytes()
    (folder / "a.bin").write_bytes(data[:-1])
    with pytest.raises(CheckpointError, match=r"a\.bin has 2,999 bytes, and was saved with 3,000"):
        verify(folder)
    (folder / "a.bin").write_bytes(b"b" + data[1:])
    with pytest.raises(CheckpointError, match=r"contents of a\.bin"):
        verify(folder)
    (folder / "a.bin").write_bytes(data)
    (folder / "inner" / "b.bin").unlink()
    with pytest.raises(CheckpointError, match=r"inner/b\.bin is missing"):
        verify(folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not a valid JSON"),
        ("[]", "holds a list"),
        (json.dumps({"format": "seqkit-checkpoint-9"}), "format"),
        (json.dumps({"format": "seqkit-checkpoint-1", **RECORD}), "lacks"),
    ],
)
def test_a_damaged_manifest_is_no_manifest(folder: Path, text: str, told: str) -> None:
    (folder / MANIFEST).write_text(text)
    with pytest.raises(CheckpointError, match=told):
        read(folder)


def test_a_folder_without_one_and_no_folder_are_refused(folder: Path) -> None:
    (folder / MANIFEST).unlink()
    with pytest.raises(CheckpointError, match="cut off"):
        read(folder)
    with pytest.raises(CheckpointError, match="does not exist"):
        read(folder / "nowhere")
