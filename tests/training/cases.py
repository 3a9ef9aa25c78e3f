"""Trainings of a few steps: a language model on streams, a classifier on rows."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seqkit import RNNConfig, RNNForCausalLM, RNNForSequenceClassification
from seqkit.data import StreamDataset
from seqkit.training import RNNTrainer, RNNTrainingArguments

IDS = torch.randint(0, 12, (400,), generator=torch.Generator().manual_seed(0))
ROWS = [{"input_ids": torch.randint(1, 12, (n,)).tolist(), "labels": n % 3} for n in [*range(1, 11)] * 4]
QUIET = {"report_to": "none", "disable_tqdm": True, "logging_strategy": "no", "save_strategy": "no", "use_cpu": True}


def writer(folder: Path, fields: dict[str, Any] | None = None, **options: Any) -> RNNTrainer:
    """Make a trainer of a language model on four streams of twelve segments."""
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(**{"vocab_size": 12, "hidden_size": 16, **(fields or {})}))
    arguments = RNNTrainingArguments(
        str(folder), **{"per_device_train_batch_size": 4, "max_steps": 6, "learning_rate": 0.01, **QUIET, **options}
    )
    data, held_out = StreamDataset(IDS, 4, 8), StreamDataset(IDS[:100], 3, 16, whole=True)
    return RNNTrainer(model, arguments, train_dataset=data, eval_dataset=held_out)


def classifier(folder: Path, fields: dict[str, Any] | None = None, **options: Any) -> RNNTrainer:
    """Make a trainer of a classifier on forty rows, ten batches an epoch."""
    torch.manual_seed(0)
    model = RNNForSequenceClassification(
        RNNConfig(**{"vocab_size": 12, "hidden_size": 8, "num_labels": 3, "pad_token_id": 0, **(fields or {})})
    )
    arguments = RNNTrainingArguments(
        str(folder), **{"per_device_train_batch_size": 4, "num_train_epochs": 1, **QUIET, **options}
    )
    return RNNTrainer(model, arguments, train_dataset=ROWS, eval_dataset=ROWS, data_collator=collate)


def collate(rows: list[dict[str, Any]]) -> dict[str, Tensor]:
    """Pad rows on the right."""
    ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(row["input_ids"]) for row in rows], batch_first=True)
    return {"input_ids": ids, "attention_mask": (ids != 0).long(), "labels": torch.tensor([r["labels"] for r in rows])}


def weights(trainer: RNNTrainer) -> dict[str, Tensor]:
    """Copy the weights of a trainer's model, by name."""
    return {name: parameter.detach().clone() for name, parameter in trainer.model.named_parameters()}
