"""A disk that is full while a checkpoint is saved: one clear error, and the checkpoint before it is whole."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from seqkit.errors import CheckpointError
from seqkit.manifest import verify
from tests.faults.training import digest_weights, make_trainer

resource = pytest.importorskip("resource", reason="Windows has no limit on the size of files")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("this system has no command `mount`")
    if done.returncode:
        pytest.skip(f"only root may make a small disk, and not everywhere: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Fill(TrainerCallback):
    """Fills the disk after the first checkpoint, but for so many bytes."""

    def __init__(self, folder: Path, left: int) -> None:
        self.folder, self.left = folder, left

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        with (self.folder / "filling").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                file.truncate(file.tell() - self.left)


# A checkpoint takes about 60,000 bytes: the disk is full at its first file, and at later ones.
@pytest.mark.parametrize("left", [0, 16_384, 32_768, 49_152])
def test_a_full_disk_leaves_the_old_checkpoint_and_one_clear_error(small_disk: Path, tmp_path: Path, left: int) -> None:
    run = small_disk / "run"
    trainer = make_trainer(run, max_steps=9, save_total_limit=1)
    trainer.add_callback(Fill(small_disk, left))
    with pytest.raises(CheckpointError, match=r"checkpoint-6 could not be saved: .*\(0\.0 MB are free\).*mend this"):
        trainer.train()
    assert [path.name for path in run.iterdir()] == ["checkpoint-3"]
    verify(run / "checkpoint-3")
    (small_disk / "filling").unlink()
    again = make_trainer(run, max_steps=9, save_total_limit=1)
    again.train(resume_from_checkpoint=True)
    whole = make_trainer(tmp_path / "whole", max_steps=9)
    whole.train()
    assert again.resumed_from == 3
    assert digest_weights(again) == digest_weights(whole)


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """Let this process write no file longer than this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [500, 4_000])
def test_a_file_that_cannot_be_written_whole_is_no_checkpoint(tmp_path: Path, size: int) -> None:
    trainer = make_trainer(tmp_path, max_steps=3)
    trainer.train()
    trainer.state.global_step = 4
    with files_up_to(size), pytest.raises(CheckpointError, match="checkpoint-4 could not be saved"):
        trainer._save_checkpoint(trainer.model, None)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-3"]
    verify(tmp_path / "checkpoint-3")
