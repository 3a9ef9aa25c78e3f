"""The stock Trainer of transformers on all three heads."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import Dataset
from transformers import EarlyStoppingCallback, Trainer, TrainingArguments

import seqkit  # noqa: F401 (makes transformers know the names of our classes)
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification
from tests.cases import HEADS, model, same


class Rows(Dataset):
    """Ragged rows for one head; lengths differ, so that a mean of means would not be the mean."""

    def __init__(self, kind: type, count: int = 8) -> None:
        generator = torch.Generator().manual_seed(1)
        self.rows = []
        for index in range(count):
            length = 2 + 3 * (index % 3)
            ids = torch.randint(1, 11, (length,), generator=generator)
            self.rows.append({"input_ids": ids, "labels": ids % 2 if kind is not RNNForCausalLM else ids})
            if kind is RNNForSequenceClassification:
                self.rows[-1]["labels"] = ids[0] % 2

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return self.rows[index]


def collate(rows: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Pad rows on the right."""
    ids = torch.nn.utils.rnn.pad_sequence([row["input_ids"] for row in rows], batch_first=True)
    lengths = torch.tensor([len(row["input_ids"]) for row in rows])
    labels = [row["labels"] for row in rows]
    padded = torch.stack(labels) if not labels[0].dim() else torch.nn.utils.rnn.pad_sequence(labels, True, -100)
    mask = torch.arange(ids.shape[1]) < lengths[:, None]
    return {"input_ids": ids, "attention_mask": mask.long(), "labels": padded}


def trainer(network: torch.nn.Module, folder: Path, callbacks: list | None = None, **arguments: Any) -> Trainer:
    """Make a stock Trainer for a few steps of a small model."""
    settings = {
        "per_device_train_batch_size": 4, "max_steps": 4, "learning_rate": 0.05, "report_to": "none", "use_cpu": True,
        "disable_tqdm": True, "save_strategy": "no", "logging_strategy": "no", "max_grad_norm": 0.0,
        "train_sampling_strategy": "sequential",
    }  # fmt: skip
    data = Rows(type(network))
    return Trainer(
        network,
        TrainingArguments(str(folder), **{**settings, **arguments}),
        data_collator=collate,
        train_dataset=data,
        eval_dataset=data,
        callbacks=callbacks,
    )


def trained(network: torch.nn.Module, folder: Path, **arguments: Any) -> dict[str, Tensor]:
    """Train a copy and return its weights."""
    network = copy.deepcopy(network)
    trainer(network, folder, **arguments).train()
    return network.state_dict()


@pytest.mark.parametrize("kind", HEADS)
def test_accumulated_batches_are_one_big_batch(kind: type, tmp_path: Path) -> None:
    # Plain descent: its step is the gradient, where Adam's would hide a wrong scale.
    network = model(kind)
    how = {"max_steps": 2, "optim": "sgd"}
    whole = trained(network, tmp_path, per_device_train_batch_size=8, **how)
    parts = trained(network, tmp_path, per_device_train_batch_size=2, gradient_accumulation_steps=4, **how)
    same(parts, whole)
    assert not torch.allclose(whole["model.embed_tokens.weight"], network.model.embed_tokens.weight)


@pytest.mark.parametrize(
    ("kind", "count"), [("regression", 1), ("multi_label_classification", 3), ("multi_label_classification", 1)]
)
def test_accumulation_for_every_problem_type(kind: str, count: int, tmp_path: Path) -> None:
    network = model(RNNForSequenceClassification, num_labels=count, problem_type=kind)
    found = []
    for size, steps in ((8, 1), (2, 4)):
        one = copy.deepcopy(network)
        made = trainer(
            one, tmp_path, per_device_train_batch_size=size, gradient_accumulation_steps=steps, max_steps=1, optim="sgd"
        )
        for row in made.train_dataset.rows:
            row["labels"] = (row["input_ids"][0] % 2).float().expand(count)
        made.train()
        found.append(one.state_dict())
    same(*found)


@pytest.mark.parametrize("kind", HEADS)
def test_activation_checkpointing_changes_nothing(kind: type, tmp_path: Path) -> None:
    network = model(kind, num_hidden_layers=2, hidden_dropout=0.2, weight_dropout=0.2)
    plain = trained(network, tmp_path, seed=3)
    same(trained(network, tmp_path, seed=3, activation_checkpointing=True), plain)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("kind", HEADS)
def test_bfloat16_trains(kind: type, cell: str, tmp_path: Path) -> None:
    network = model(kind, cell, num_hidden_layers=2)
    made = trainer(network, tmp_path, bf16=True, max_steps=12, learning_rate=0.02)
    before = made.evaluate()["eval_loss"]
    made.train()
    assert made.evaluate()["eval_loss"] < before
    assert all(torch.isfinite(p).all() for p in network.parameters())


@pytest.mark.parametrize("kind", HEADS)
def test_label_smoothing_is_that_of_the_formula(kind: type, tmp_path: Path) -> None:
    network = model(kind)
    made = trainer(network, tmp_path, label_smoothing_factor=0.1)
    batch = collate(made.train_dataset.rows)
    logits, labels = network(batch["input_ids"], batch["attention_mask"]).logits, batch["labels"]
    if kind is RNNForCausalLM:
        logits, labels = logits[:, :-1], labels[:, 1:]
    logits = logits.reshape(-1, logits.shape[-1])
    expected = F.cross_entropy(logits, labels.flatten(), label_smoothing=0.1)
    torch.testing.assert_close(made.compute_loss(network, dict(batch)), expected)


def test_early_stopping_and_the_best_model(tmp_path: Path) -> None:
    # A rate this absurd makes every step after the first worse.
    often = {
        "eval_strategy": "steps",
        "eval_steps": 1,
        "save_strategy": "steps",
        "save_steps": 1,
        "save_total_limit": 2,
    }
    how = {"max_steps": 50, "learning_rate": 3.0, "load_best_model_at_end": True, **often}
    made = trainer(model(RNNForTokenClassification), tmp_path, [EarlyStoppingCallback(2)], **how)
    made.train()
    losses = [entry["eval_loss"] for entry in made.state.log_history if "eval_loss" in entry]
    assert made.state.global_step < 50
    assert made.evaluate()["eval_loss"] == pytest.approx(min(losses), rel=1e-4)


@pytest.mark.parametrize("kind", HEADS)
def test_resumed_training_is_uninterrupted_training(kind: type, tmp_path: Path) -> None:
    network, how = (
        model(kind, hidden_dropout=0.2, num_hidden_layers=2),
        {"max_steps": 6, "save_strategy": "steps", "save_steps": 3},
    )
    whole = trained(network, tmp_path / "whole", **how)
    again = copy.deepcopy(network)
    trainer(again, tmp_path / "again", **how).train(resume_from_checkpoint=str(tmp_path / "whole/checkpoint-3"))
    same(again.state_dict(), whole, 0)


def test_tied_weights_resume(tmp_path: Path) -> None:
    network, how = (
        model(RNNForCausalLM, tie_word_embeddings=True),
        {"max_steps": 4, "save_strategy": "steps", "save_steps": 2},
    )
    whole = trained(network, tmp_path, **how)
    again = copy.deepcopy(network)
    trainer(again, tmp_path / "again", **how).train(resume_from_checkpoint=str(tmp_path / "checkpoint-2"))
    same(again.state_dict(), whole, 0)
    assert again.lm_head.weight is again.model.embed_tokens.weight


def test_metrics_are_computed(tmp_path: Path) -> None:
    made = trainer(model(RNNForTokenClassification), tmp_path)
    made.compute_metrics = lambda p: {
        "right": float((p.predictions.argmax(-1) == p.label_ids)[p.label_ids != -100].mean())
    }
    assert 0 <= made.evaluate()["eval_right"] <= 1
    assert made.predict(made.eval_dataset).predictions.shape == (8, 8, 2)
