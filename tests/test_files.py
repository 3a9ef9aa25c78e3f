import os
from pathlib import Path

import pytest

from seqkit.files import move_folder, replacing, sync_tree


def test_a_file_is_replaced_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.parent == path.parent
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail_half_way() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise KeyError

    with pytest.raises(KeyError):
        fail_half_way()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a.txt"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_moved_over_another_one(tmp_path: Path) -> None:
    for name in ("staging/new", "old"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.txt").write_text(name)
    sync_tree(tmp_path / "staging")
    move_folder(tmp_path / "staging" / "new", tmp_path / "old")
    assert (tmp_path / "old" / "a.txt").read_text() == "staging/new"
    assert list((tmp_path / "staging").iterdir()) == []


def test_files_and_folders_are_synced_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(os.fstat(handle).st_ino), real(handle))[1])
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.txt").write_text("a")
    sync_tree(tmp_path)
    paths = [tmp_path, tmp_path / "inner", tmp_path / "inner" / "a.txt"]
    assert {path.stat().st_ino for path in paths} == set(synced)
