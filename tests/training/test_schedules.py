"""Schedules: ours by name through the trainer, and transformers' own as the classic recipes use it."""

from pathlib import Path

import pytest
import torch

from seqkit.errors import ConfigError
from seqkit.training.schedules import make_scheduler, slanted_triangular
from tests.training.cases import writer


def test_slanted_triangular_is_that_of_the_paper() -> None:
    total, share, ratio = 200, 0.1, 32
    cut, factor = int(total * share), slanted_triangular(200)
    for t in range(total + 1):
        p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / share - 1))
        assert factor(t) == pytest.approx((1 + p * (ratio - 1)) / ratio)


@pytest.mark.parametrize("total", [1, 3, 7, 15])
def test_short_trainings_end_at_the_lowest_rate(total: int) -> None:
    factors = [slanted_triangular(total, cut_fraction=0.3, ratio=10)(step) for step in range(total + 2)]
    assert max(factors) == 1
    assert factors[total] == factors[total + 1] == pytest.approx(0.1)


def test_the_trainer_takes_it_by_name_and_resumes(tmp_path: Path) -> None:
    options = {"lr_scheduler_type": "slanted_triangular", "lr_scheduler_kwargs": {"cut_fraction": 0.5, "ratio": 4}}
    options |= {"logging_strategy": "steps", "logging_steps": 1, "max_steps": 8}
    whole = writer(tmp_path / "a", save_strategy="steps", save_steps=3, **options)
    whole.train()
    rates = [row["learning_rate"] for row in whole.state.log_history if "learning_rate" in row]
    factor = slanted_triangular(8, 0.5, 4)
    assert rates == pytest.approx([0.01 * factor(step) for step in range(8)])
    again = writer(tmp_path / "b", **options)
    again.train(resume_from_checkpoint=str(tmp_path / "a" / "checkpoint-3"))
    assert [r["learning_rate"] for r in again.state.log_history if "learning_rate" in r] == pytest.approx(rates)


def test_a_quarter_when_nothing_improves_is_transformers_own_plateau(tmp_path: Path) -> None:
    options = {"lr_scheduler_type": "reduce_lr_on_plateau", "optim": "sgd", "learning_rate": 20.0, "max_steps": 24}
    options |= {"lr_scheduler_kwargs": {"factor": 0.25, "patience": 0, "threshold": 0.0}, "max_grad_norm": 0.25}
    options |= {"eval_strategy": "steps", "eval_steps": 2, "logging_strategy": "steps", "logging_steps": 2}
    trainer = writer(tmp_path, **options)
    trainer.train()
    history = trainer.state.log_history
    losses = [row["eval_loss"] for row in history if "eval_loss" in row]
    # As in pytorch/examples word_language_model: the best loss stays what it was, the rate is divided by 4.
    expected, rate, best = [], 20.0, None
    for loss in losses:
        expected.append(rate)
        if best is None or loss < best:
            best = loss
        else:
            rate /= 4
    assert [row["learning_rate"] for row in history if "learning_rate" in row] == expected
    assert rate < 20


def test_options_are_checked() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    with pytest.raises(ConfigError, match=r"'cut_fractoin'.*Did you mean 'cut_fraction'"):
        make_scheduler("slanted_triangular", optimizer, 10, {"cut_fractoin": 0.2})
    for wrong in ({"cut_fraction": 0.0}, {"cut_fraction": 1.0}, {"ratio": 0.5}, {"ratio": float("nan")}):
        with pytest.raises(ConfigError, match="lr_scheduler_kwargs"):
            make_scheduler("slanted_triangular", optimizer, 10, wrong)
