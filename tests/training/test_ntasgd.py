"""NT-ASGD: when it triggers, what it averages, what is evaluated, saved and gone on from."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from seqkit.training.ntasgd import NTASGD, triggered
from tests.training.cases import weights, writer

OPTIONS = {"optim": "nt_asgd", "learning_rate": 0.5, "lr_scheduler_type": "constant", "max_grad_norm": 0.25}
OPTIONS |= {"eval_strategy": "steps", "eval_steps": 2, "non_monotone_interval": 1}


def test_the_trigger_is_that_of_the_paper() -> None:
    losses = [5.0, 4.0, 3.0, 3.5, 3.2, 3.1, 2.9, 3.3, 3.4, 3.0]
    for interval in (1, 2, 3, 5):
        logs: list[float] = []
        for step, loss in enumerate(losses):
            t = len(logs)
            expected = t > interval and loss > min(logs[: t - interval])
            assert triggered(losses[: step + 1], interval) == expected
            logs.append(loss)
    assert not triggered([], 5)
    assert not triggered([1.0], 1)


def run(optimizer: torch.optim.Optimizer, weight: Tensor, steps: int, seed: int = 0) -> list[Tensor]:
    generator, seen = torch.Generator().manual_seed(seed), []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.1 / (1 + step)
        weight.grad = torch.randn(3, generator=generator)
        optimizer.step()
        seen.append(weight.detach().clone())
    return seen


def test_before_the_trigger_it_is_sgd() -> None:
    ours, plain = torch.nn.Parameter(torch.ones(3)), torch.nn.Parameter(torch.ones(3))
    optimizer = NTASGD([ours], lr=0.1, weight_decay=0.01)
    found, expected = run(optimizer, ours, 5), run(torch.optim.SGD([plain], lr=0.1, weight_decay=0.01), plain, 5)
    torch.testing.assert_close(found, expected)
    optimizer.eval()
    assert torch.equal(ours, found[-1])


@pytest.mark.parametrize("more", [0, 1, 2, 7])
def test_the_average_is_of_all_weights_since_the_trigger(more: int) -> None:
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = NTASGD([weight], lr=0.1)
    seen = run(optimizer, weight, 4)[-1:]
    optimizer.trigger()
    seen += run(optimizer, weight, more, seed=1)
    optimizer.eval()
    torch.testing.assert_close(weight.detach(), torch.stack(seen).mean(0))
    optimizer.eval()
    optimizer.train()
    assert torch.equal(weight, seen[-1])
    optimizer.train()
    assert torch.equal(weight, seen[-1])


@pytest.mark.parametrize("resting", [False, True])
def test_a_saved_optimizer_goes_on_bitwise(resting: bool) -> None:
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = NTASGD([weight], lr=0.1)
    run(optimizer, weight, 3)
    optimizer.trigger()
    run(optimizer, weight, 3)
    if resting:
        optimizer.eval()
    copy = torch.nn.Parameter(weight.detach().clone())
    other = NTASGD([copy], lr=0.1)
    other.load_state_dict(optimizer.state_dict())
    assert torch.equal(torch.stack(run(optimizer, weight, 4, seed=2)), torch.stack(run(other, copy, 4, seed=2)))
    optimizer.eval()
    other.eval()
    assert torch.equal(weight, copy)


def inner(trainer) -> NTASGD:
    return trainer.optimizer.optimizer


def test_training_evaluates_and_leaves_the_average(tmp_path: Path) -> None:
    trainer = writer(tmp_path, max_steps=16, **OPTIONS)
    seen: list[dict[str, Tensor]] = []
    step = NTASGD.step

    def noted(self: NTASGD, closure: object = None) -> None:
        step(self, closure)
        seen.append(weights(trainer))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NTASGD, "step", noted)
        trainer.train()
    assert inner(trainer).averages
    first = int(inner(trainer).param_groups[0]["t0"]) + 2
    assert first < 16
    for name, tensor in weights(trainer).items():
        torch.testing.assert_close(tensor, torch.stack([row[name] for row in seen[first - 1 :]]).mean(0))
    evaluated = [row["eval_loss"] for row in trainer.state.log_history if "eval_loss" in row][-1]
    assert trainer.evaluate()["eval_loss"] == evaluated
    other = writer(tmp_path)
    other.model.load_state_dict(seen[-1])
    assert other.evaluate()["eval_loss"] != evaluated


def test_a_checkpoint_holds_what_was_evaluated_and_resumes_bitwise(tmp_path: Path) -> None:
    whole = writer(tmp_path / "a", max_steps=16, save_strategy="steps", save_steps=15, **OPTIONS)
    whole.train()
    assert inner(whole).param_groups[0]["t0"] < 13  # before the checkpoint, and with weights to average
    again = writer(tmp_path / "b", max_steps=16, **OPTIONS)
    again.train(resume_from_checkpoint=str(tmp_path / "a" / "checkpoint-15"))
    assert all(torch.equal(tensor, weights(whole)[name]) for name, tensor in weights(again).items())
    inner(whole).train()
    inner(again).train()
    assert all(torch.equal(tensor, weights(whole)[name]) for name, tensor in weights(again).items())


def test_what_is_saved_is_the_average_wherever_training_stands(tmp_path: Path) -> None:
    trainer = writer(tmp_path, max_steps=15, save_strategy="steps", save_steps=15, **OPTIONS)
    trainer.train()
    assert inner(trainer).averages
    average = weights(trainer)
    # No evaluation came between the last step and the checkpoint.
    saved = load_file(tmp_path / "checkpoint-15" / "model.safetensors")
    assert all(torch.equal(tensor, average[name]) for name, tensor in saved.items())
    inner(trainer).train()
    assert any(not torch.equal(tensor, average[name]) for name, tensor in weights(trainer).items())
    trainer.save_model(str(tmp_path / "out"))
    saved = load_file(tmp_path / "out" / "model.safetensors")
    assert all(torch.equal(tensor, average[name]) for name, tensor in saved.items())


def test_the_best_model_is_not_overwritten_by_the_average(tmp_path: Path) -> None:
    options = {"load_best_model_at_end": True, "metric_for_best_model": "loss", "save_strategy": "steps"}
    trainer = writer(tmp_path, max_steps=16, save_steps=2, **OPTIONS, **options)
    trainer.train()
    saved = load_file(Path(trainer.state.best_model_checkpoint) / "model.safetensors")
    assert inner(trainer).averages
    trainer.save_model(str(tmp_path / "out"))
    kept = load_file(tmp_path / "out" / "model.safetensors")
    assert all(torch.equal(tensor, kept[name]) for name, tensor in saved.items())
    inner(trainer).adopt()
    assert all(torch.equal(tensor, weights(trainer)[name]) for name, tensor in saved.items())
