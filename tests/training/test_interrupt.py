"""Ctrl-C in a training leaves a checkpoint that goes on; twice, it ends at once."""

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from transformers import TrainerCallback

from seqkit.manifest import verify
from seqkit.training.interrupt import StopsAtInterrupt
from seqkit.training.session import run
from tests.faults.training import digest_weights
from tests.training.cases import writer


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Let Ctrl-C mean what it does in a terminal: a shell's background jobs ignore it from the start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Presses(TrainerCallback):
    """Presses Ctrl-C within a step, so many times."""

    def __init__(self, step: int, times: int = 1) -> None:
        self.step, self.times = step, times

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == self.step:
            for _ in range(self.times):
                os.kill(os.getpid(), signal.SIGINT)


def interrupted(folder: Path, step: int, times: int = 1) -> str:
    trainer, told = writer(folder), io.StringIO()
    trainer.add_callback(Presses(step, times))
    with pytest.raises(KeyboardInterrupt):
        run(trainer, None, Console(file=told, width=1000))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return told.getvalue()


def test_the_step_is_finished_and_its_checkpoint_goes_on_to_the_same_end(tmp_path: Path) -> None:
    told = interrupted(tmp_path / "cut", step=2)
    assert "stopping after this step" in told
    assert f"{tmp_path / 'cut' / 'checkpoint-3'} is complete; the same command with --resume" in told
    verify(tmp_path / "cut" / "checkpoint-3")
    again, whole = writer(tmp_path / "cut"), writer(tmp_path / "whole")
    run(again, True, Console(quiet=True))
    run(whole, None, Console(quiet=True))
    assert digest_weights(again) == digest_weights(whole)


def test_a_second_one_ends_it_at_once(tmp_path: Path) -> None:
    told = interrupted(tmp_path, step=2, times=2)
    assert f"{tmp_path} holds no checkpoint yet" in told


def test_in_the_last_step_the_training_has_ended_anyway(tmp_path: Path) -> None:
    trainer = writer(tmp_path)
    trainer.add_callback(Presses(5))
    run(trainer, None, Console(quiet=True))
    assert trainer.state.global_step == 6


def test_who_ignores_interrupts_goes_on_ignoring_them(tmp_path: Path) -> None:
    trainer = writer(tmp_path)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        trainer.add_callback(Presses(2))
        run(trainer, None, Console(quiet=True))
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert not next(each for each in trainer.callback_handler.callbacks if isinstance(each, StopsAtInterrupt)).asked
