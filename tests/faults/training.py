"""A small training that fault batteries start again and again, and digests of what it has at its end."""

import hashlib
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PrinterCallback, Trainer
from transformers.utils import logging as transformers_logging

from seqkit import RNNConfig, RNNForCausalLM
from seqkit.data import StreamDataset
from seqkit.training import RNNTrainer, RNNTrainingArguments

STEPS, EVERY = 18, 3
"""Steps of a training (an epoch and a half), and after how many a checkpoint is saved."""


class StockCheckpoints(RNNTrainer):
    """RNNTrainer with transformers' own checkpoints: shows that a battery finds what it is made to find."""

    train = Trainer.train
    _save_checkpoint = Trainer._save_checkpoint


def make_trainer(folder: Path, kind: type[RNNTrainer] = RNNTrainer, **options: Any) -> RNNTrainer:
    """Build the training: a small LSTM with dropout on a text, its state carried over batches."""
    torch.manual_seed(0)
    ids = torch.randint(0, 12, (400,), generator=torch.Generator().manual_seed(0))
    model = RNNForCausalLM(RNNConfig(vocab_size=12, hidden_size=8, output_dropout=0.1, zoneout=0.1))
    sizes = {"per_device_train_batch_size": 4, "max_steps": STEPS, "learning_rate": 0.01, "use_cpu": True}
    saving = {"save_strategy": "steps", "save_steps": EVERY, "save_total_limit": 2}
    quiet = {"report_to": "none", "disable_tqdm": True, "logging_steps": 5, "ddp_find_unused_parameters": False}
    arguments = RNNTrainingArguments(str(folder), **{**sizes, **saving, **quiet, **options})
    data = StreamDataset(ids, 4 * int(os.environ.get("WORLD_SIZE", 1)), 8)
    trainer = kind(model, arguments, train_dataset=data, eval_dataset=data)
    trainer.remove_callback(PrinterCallback)
    return trainer


def run(folder: Path, resume: bool, kind: type[RNNTrainer] = RNNTrainer) -> dict[str, Any]:
    """Train to the end.

    Args:
        folder: where checkpoints are.
        resume: whether to go on from the newest complete one.
        kind: the trainer's class.

    Returns:
        `weights` and `state`, digests of what a training has at its end; `first`, the step after which it began;
        `save_seconds`, of the longest save; and `warnings`.
    """
    trainer, seconds, begun = make_trainer(folder, kind), [0.0], []
    told, save, step = Listener(), trainer._save_checkpoint, trainer.training_step
    logging.getLogger("seqkit").addHandler(told)

    def timed_save(*args: Any) -> None:
        started = time.perf_counter()
        save(*args)
        seconds.append(time.perf_counter() - started)

    def noted_step(*args: Any) -> Tensor:
        begun.append(trainer.state.global_step)
        return step(*args)

    trainer._save_checkpoint, trainer.training_step = timed_save, noted_step  # type: ignore[method-assign]
    trainer.train(resume_from_checkpoint=resume)
    first = begun[0] if begun else trainer.state.global_step
    ends = {"weights": digest_weights(trainer), "state": digest_state(trainer)}
    return {**ends, "first": first, "save_seconds": max(seconds), "warnings": told.lines}


class Listener(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def digest_weights(trainer: RNNTrainer) -> str:
    """Digest the weights and the optimiser."""
    return digest([trainer.model.state_dict(), trainer.optimizer.state_dict()])


def digest_state(trainer: RNNTrainer) -> str:
    """Digest the carried state and the random state."""
    return digest([trainer._state, torch.get_rng_state()])


def digest(values: Any) -> str:
    """Digest all tensors in nested values."""
    summed = hashlib.sha256()
    for tensor in tensors(values):
        summed.update(tensor.detach().contiguous().numpy().tobytes())
    return summed.hexdigest()


def tensors(value: Any) -> Iterator[Tensor]:
    """Give every tensor in nested values."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from tensors(part)


def quiet() -> None:
    """Compute on one thread, which forks can inherit, and show no progress."""
    torch.set_num_threads(1)
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
