import logging
from pathlib import Path

import pytest

from seqkit.errors import CheckpointError
from seqkit.manifest import seal
from seqkit.training.resuming import STAGING, checkpoints, newest, recover, retire, rotate


def make(folder: Path, step: int, whole: bool = True, resumable: bool = True) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    (path / "model").write_text(str(step))
    if whole:
        seal(path, {"step": step, "resumable": resumable, "training": {}})
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_only_folders_of_the_name_count_by_their_number(tmp_path: Path) -> None:
    for step in (9, 10, 100):
        make(tmp_path, step)
    (tmp_path / "checkpoint-x").mkdir()
    (tmp_path / "checkpoint-200").touch()
    assert [path.name for path in checkpoints(tmp_path)] == ["checkpoint-100", "checkpoint-10", "checkpoint-9"]


def test_the_newest_complete_one_is_taken_and_the_others_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make(tmp_path, 5)
    make(tmp_path, 10)
    (make(tmp_path, 20) / "model").write_text("x")
    make(tmp_path, 30, resumable=False)
    make(tmp_path, 40, whole=False)
    make(tmp_path / STAGING, 50, whole=False)
    with caplog.at_level(logging.WARNING):
        path, manifest = newest(tmp_path)
    assert (path.name, manifest["step"]) == ("checkpoint-10", 10)
    told = [record.getMessage() for record in caplog.records]
    for step, reason in ((20, "model"), (30, "save_only_model"), (40, "cut off"), (50, "cut off")):
        assert any(f"checkpoint-{step}" in line and reason in line and "checkpoint-10" in line for line in told), step
    assert len(told) == 4


def test_no_complete_one_is_an_error_that_tells_why(tmp_path: Path) -> None:
    make(tmp_path, 5, whole=False)
    with pytest.raises(CheckpointError, match=r"no complete checkpoint(.|\n)*checkpoint-5 has no seqkit_manifest.json"):
        newest(tmp_path)
    with pytest.raises(CheckpointError, match="no complete checkpoint"):
        newest(tmp_path / "nowhere")


def test_what_lacked_only_its_last_move_is_moved_and_the_rest_is_deleted(tmp_path: Path) -> None:
    make(tmp_path, 10)
    make(tmp_path / STAGING, 20)
    make(tmp_path / STAGING, 30, whole=False)
    assert [path.name for path in recover(tmp_path)] == ["checkpoint-30"]
    assert names(tmp_path) == ["checkpoint-10", "checkpoint-20"]
    assert newest(tmp_path)[0].name == "checkpoint-20"


def test_a_crash_between_the_two_moves_loses_nothing(tmp_path: Path) -> None:
    # The old checkpoint of the same step was moved aside, the new one not yet into place.
    old = make(tmp_path, 20)
    (tmp_path / STAGING).mkdir()
    old.rename(tmp_path / STAGING / "checkpoint-20.old")
    new = make(tmp_path / STAGING, 20, whole=False)
    (new / "model").write_text("new")
    seal(new, {"step": 20, "resumable": True, "training": {}})
    path, _ = newest(tmp_path)
    assert (path / "model").read_text() == "new"
    assert names(tmp_path) == ["checkpoint-20"]


def test_rotation_keeps_the_newest_and_the_best_whatever_the_limit(tmp_path: Path) -> None:
    paths = {step: make(tmp_path, step) for step in (10, 20, 30, 40)}
    rotate(tmp_path, None, set())
    rotate(tmp_path, 0, set())
    assert len(names(tmp_path)) == 4
    rotate(tmp_path, 3, {paths[40], paths[10]})
    assert names(tmp_path) == ["checkpoint-10", "checkpoint-30", "checkpoint-40"]
    rotate(tmp_path, 1, {paths[40], paths[10]})
    assert names(tmp_path) == ["checkpoint-10", "checkpoint-40"]


def test_a_deletion_that_is_cut_off_leaves_no_half_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path, 10)
    monkeypatch.setattr("shutil.rmtree", lambda *args, **kwargs: None)  # the power goes before anything is deleted
    retire(path)
    assert names(tmp_path) == [STAGING]
    assert checkpoints(tmp_path / STAGING) == []
