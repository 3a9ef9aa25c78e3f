"""Trackers: off unless asked for, refused by name where they cannot be had, and told what happens where they can."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seqkit import RNNTrainingArguments
from seqkit.errors import ConfigError
from seqkit.training import trackers
from seqkit.training.trackers import MODULES, check_trackers

TRAINING = """
import sys, torch
from seqkit import RNNConfig, RNNForCausalLM, RNNTrainer, RNNTrainingArguments
from seqkit.data import StreamDataset
ids = torch.arange(400) % 5
arguments = RNNTrainingArguments(
    sys.argv[1], per_device_train_batch_size=4, max_steps=4, logging_steps=2, eval_strategy="steps", eval_steps=4,
    report_to=sys.argv[2], disable_tqdm=True, use_cpu=True, save_strategy="no", run_name="tried", project="seqkit-test",
)
model = RNNForCausalLM(RNNConfig(vocab_size=5, hidden_size=8))
held_out = StreamDataset(ids, 2, 8, whole=True)
RNNTrainer(model, arguments, train_dataset=StreamDataset(ids, 4, 8), eval_dataset=held_out).train()
"""


def train(folder: Path, tracker: str) -> Path:
    """Train in a process of its own, which reports offline into a folder."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "WANDB_MODE": "offline", "OMP_NUM_THREADS": "1"}
    environment |= {"TRACKIO_DIR": str(folder / "kept"), "WANDB_DIR": str(folder / "kept")}
    (folder / "kept").mkdir()
    command = [sys.executable, "-c", TRAINING, str(folder / "out"), tracker]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / "kept"


@pytest.mark.parametrize("name", MODULES)
def test_a_missing_tracker_tells_how_to_get_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trackers, "installed", lambda module: False)
    with pytest.raises(ConfigError, match=f"{name!r}, which is not installed. Run: pip install {name}$"):
        RNNTrainingArguments(str(tmp_path), report_to=name, use_cpu=True)


def test_what_is_installed_is_seen_without_an_import() -> None:
    assert trackers.installed("antigravity")
    assert "antigravity" not in sys.modules
    assert not trackers.installed("no_such_module")


def test_several_are_named_with_commas_and_unknown_ones_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trackers, "installed", lambda module: True)
    arguments = RNNTrainingArguments(str(tmp_path), report_to="tensorboard, wandb", use_cpu=True)
    assert arguments.report_to == ["tensorboard", "wandb"]
    with pytest.raises(ConfigError, match=r"'trakio'. Did you mean 'trackio'\?"):
        check_trackers(["tensorboard", "trakio"])


@pytest.mark.slow
def test_tensorboard_is_told_losses(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train(tmp_path, "tensorboard")
    (file,) = (tmp_path / "out").rglob("events.out.tfevents.*")
    events = EventAccumulator(str(file))
    events.Reload()
    assert {"train/loss", "train/grad_norm", "eval/loss", "eval/perplexity"} <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("train/loss")] == [2, 4]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["trackio", "wandb"])
def test_trackers_that_have_a_server_work_without_one(name: str, tmp_path: Path) -> None:
    pytest.importorskip(name, reason=f"{name} is not installed")
    kept = train(tmp_path, name)
    contents = b"".join(path.read_bytes() for path in kept.rglob("*") if path.suffix in (".db", ".wandb", ".db-wal"))
    assert b"train/loss" in contents
