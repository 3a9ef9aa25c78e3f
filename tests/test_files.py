import os
from pathlib import Path

import pytest

from seqkit.files import move_folder, replacing, staged, sync_tree


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


def test_staged_files_move_over_together_and_what_was_only_looked_at_stays(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "a.txt").write_text("old")
    before = (tmp_path / "README.md").stat().st_ino
    with staged(tmp_path, ["README.md", "no-such"]) as part:
        assert (part.name, (part / "README.md").read_text()) == (tmp_path.name, "mine")
        (part / "a.txt").write_text("new")
        (part / "a.txt").chmod(0o600)
        assert (tmp_path / "a.txt").read_text() == "old"
    assert (tmp_path / "a.txt").read_text() == "new"
    assert (tmp_path / "README.md").stat().st_ino == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "a.txt"]
    if os.name == "posix":
        assert (tmp_path / "a.txt").stat().st_mode & 0o044 == (tmp_path.stat().st_mode | 0o044) & 0o044


def test_what_lies_in_folders_is_moved_over_too_when_it_is_there_already(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    for text, name in (("old", "a.txt"), ("kept", "b.txt"), ("new", "a.txt")):
        with staged(tmp_path) as part:
            (part / "outer" / "inner").mkdir(parents=True)
            (part / "outer" / "inner" / name).write_text(text)
    assert {path.name: path.read_text() for path in inner.iterdir()} == {"a.txt": "new", "b.txt": "kept"}


def test_what_is_staged_and_fails_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")

    def fail_half_way() -> None:
        with staged(tmp_path) as part:
            (part / "a.txt").write_text("new")
            raise KeyError

    with pytest.raises(KeyError):
        fail_half_way()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old")]
