"""What a dry run tells, against what is known; tests/cli/test_commands.py shows that it writes nothing."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from rich.console import Console
from torch.nn import functional as F

from seqkit.training import dry_run as module
from seqkit.training.dry_run import Stopwatch, activations, dry_run, duration, length, tried
from seqkit.training.session import build_model
from seqkit.training.settings import Settings, build_settings
from seqkit.training.tasks import prepare


def settings_for(folder: Path, **options: str) -> Settings:
    (folder / "a.txt").write_text("abcdefghij" * 2000)
    sizes = {"hidden_size": "16", "embedding_size": "8", "use_cpu": "true", "max_grad_norm": "1"}
    return build_settings("causal-lm", None, [str(folder / "a.txt")], str(folder / "out"), {**sizes, **options})


def test_sizes_are_those_of_the_training(tmp_path: Path) -> None:
    plan = dry_run(settings_for(tmp_path, gradient_accumulation_steps="2", num_train_epochs="3"))
    # 18,000 characters are 17 segments of 16 streams, 9 steps of 2; Adam keeps two numbers for each weight.
    assert (plan["steps"], plan["epochs"], plan["rows per step"]) == (27, 3.0, 32)
    weights = 4 * plan["parameters"]
    memory = plan["memory"]
    assert memory["weights"] == memory["gradients"] == weights
    assert 2 * weights <= memory["optimizer"] < 2 * weights + 1000
    assert memory["all"] == sum(memory.values()) - memory["all"]
    assert plan["seconds"] == pytest.approx(27 * plan["seconds_per_step"])
    assert 0 < plan["seconds_per_step"] < 5
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_activations_are_what_a_graph_holds(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    prepared = prepare(settings)
    model = build_model(settings, prepared, Console(quiet=True))
    trainer = tried(settings, prepared, model, str(tmp_path / "out"))

    def loss(*_: object) -> torch.Tensor:
        x = torch.ones(1000, requires_grad=True)
        return F.relu(x * 2).exp().sum()  # relu and exp keep their results, 4,000 bytes each; 2 is no tensor

    trainer.compute_loss = loss  # type: ignore[method-assign]
    assert activations(trainer) == 8000


def test_longer_segments_keep_more(tmp_path: Path) -> None:
    short, long = (dry_run(settings_for(tmp_path, sequence_length=str(t)))["memory"] for t in (32, 128))
    assert 3.5 < long["activations"] / short["activations"] < 4.5
    assert long["weights"] == short["weights"]


def test_steps_come_from_epochs_or_are_given() -> None:
    given = SimpleNamespace(gradient_accumulation_steps=4, max_steps=-1, num_train_epochs=2.5)
    assert length(given, 10) == (8, 8 / 3)
    given.max_steps = 30
    assert length(given, 10) == (30, 10.0)


def test_a_watch_times_steps_that_are_warm_and_loses_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 10.0, 11.0, 12.0, 12.5, 13.0, 40.0])
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(clock))
    watch, control = Stopwatch(), SimpleNamespace(should_training_stop=False)
    args = SimpleNamespace(device=torch.device("cpu"))
    stopped = []
    for _ in range(6):
        watch.on_step_end(args, None, control)
        stopped.append(control.should_training_stop)
    assert stopped == [False] * 5 + [True]
    assert watch.seconds == 0.5


def test_times_are_written_as_one_reads_them() -> None:
    assert [duration(seconds) for seconds in (5, 119, 130, 3600 * 26)] == ["5 s", "119 s", "2 min", "26 h 00 min"]
