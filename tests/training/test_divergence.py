"""A training that is no longer of numbers stops before it spoils anything, and says why."""

from pathlib import Path
from typing import Any

import pytest
import torch

from seqkit import RNNConfig, RNNForCausalLM, RNNTrainer, RNNTrainingArguments
from seqkit.data import StreamDataset
from seqkit.errors import DivergenceError
from seqkit.training.divergence import advice
from tests.cases import same

IDS = torch.randint(0, 12, (400,), generator=torch.Generator().manual_seed(0))


def make(folder: Path, **options: Any) -> RNNTrainer:
    torch.manual_seed(0)
    defaults = {"per_device_train_batch_size": 4, "max_steps": 30, "save_strategy": "steps", "save_steps": 3}
    defaults |= {"report_to": "none", "disable_tqdm": True, "logging_strategy": "no", "use_cpu": True}
    model = RNNForCausalLM(RNNConfig(vocab_size=12, hidden_size=8))
    arguments = RNNTrainingArguments(str(folder), **{**defaults, **options})
    return RNNTrainer(model, arguments, train_dataset=StreamDataset(IDS, 4, 8))


def spoil(trainer: RNNTrainer, step: int, where: str) -> dict[str, torch.Tensor]:
    """Make the loss, or a gradient alone, NaN at a step; return what the weights are before it."""
    before: dict[str, torch.Tensor] = {}
    compute = trainer.compute_loss

    def spoilt(*args: Any, **kwargs: Any) -> torch.Tensor:
        loss = compute(*args, **kwargs)
        if trainer.state.global_step + 1 == step:
            before.update({name: p.detach().clone() for name, p in trainer.model.named_parameters()})
            if where == "gradient":
                loss.register_hook(lambda gradient: gradient * float("nan"))
            return loss * float(where) if where != "gradient" else loss
        return loss

    trainer.compute_loss = spoilt  # type: ignore[method-assign]
    return before


@pytest.mark.parametrize(
    ("where", "message"),
    [("nan", "the loss is nan at step 8"), ("inf", "the loss is inf at step 8"), ("gradient", "norm is nan at step 8")],
)
def test_it_stops_with_the_step_and_the_weights_of_before(tmp_path: Path, where: str, message: str) -> None:
    trainer = make(tmp_path)
    before = spoil(trainer, 8, where)
    with pytest.raises(DivergenceError, match=message) as caught:
        trainer.train()
    told = str(caught.value)
    assert "of 30: stopped" in told
    assert all(f" {step}: " in told for step in range(1, 8))
    assert " 8: " not in told
    assert f"go on from {tmp_path / 'checkpoint-6'}" in told
    same({name: p.detach() for name, p in trainer.model.named_parameters()}, before, 0)
    assert sorted(path.name for path in tmp_path.glob("checkpoint-*")) == ["checkpoint-3", "checkpoint-6"]
    again = make(tmp_path / "again", max_steps=7)
    again.train(resume_from_checkpoint=str(tmp_path / "checkpoint-6"))
    assert again.state.global_step == 7


def test_an_exploding_training_is_told_to_learn_slower(tmp_path: Path) -> None:
    trainer = make(tmp_path, learning_rate=3e38, max_grad_norm=0, optim="sgd", save_strategy="no")
    with pytest.raises(DivergenceError, match="there is no checkpoint yet") as caught:
        trainer.train()
    assert "Gradient norms before" in str(caught.value)


@pytest.mark.parametrize(
    ("norms", "words"),
    [
        ([], "before anything was learnt"),
        ([1.0, 1.1, 0.9, 1.0], "They have not grown"),
        ([1.0, 1.0, 1.0, 40.0], "max_grad_norm to 1"),
        ([1.0, 5.0, 25.0, 125.0], "the gradient explodes"),
    ],
)
def test_advice_follows_from_the_norms(norms: list[float], words: str, tmp_path: Path) -> None:
    history = [(step + 1, norm) for step, norm in enumerate(norms)]
    args = make(tmp_path, max_grad_norm=0).args
    assert words in advice([*history, (len(norms) + 1, float("nan"))], len(norms) + 1, args)


def test_half_precision_is_named_where_it_may_be_the_cause(tmp_path: Path) -> None:
    args = make(tmp_path, bf16=True).args
    assert "without bf16" in advice([(1, 1.0), (2, 1.0)], 3, args)
