"""Checkpoints in a real training: whole under their names, refused when they are not, equal to no interruption."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import IterableDataset
from transformers import Trainer, TrainerCallback

from seqkit import RNNConfig, RNNForCausalLM
from seqkit.data import StreamDataset
from seqkit.errors import CheckpointError
from seqkit.manifest import verify
from seqkit.training import RNNTrainer
from seqkit.training.resuming import STAGING
from tests.faults.training import digest_state, digest_weights, make_trainer


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def train(folder: Path, **options: Any) -> RNNTrainer:
    trainer = make_trainer(folder, **{"max_steps": 9, "save_total_limit": None, **options})
    trainer.train()
    return trainer


def ends(trainer: RNNTrainer) -> tuple[str, str]:
    return digest_weights(trainer), digest_state(trainer)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with checkpoints of the steps 3, 6 and 9; nobody changes it."""
    folder = tmp_path_factory.mktemp("trained")
    train(folder)
    return folder


def test_a_checkpoint_holds_everything_and_the_manifest_lists_it(trained: Path) -> None:
    assert names(trained) == ["checkpoint-3", "checkpoint-6", "checkpoint-9"]
    manifest = verify(trained / "checkpoint-6")
    needed = {"model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json"}
    assert {*needed, "rnn_state.safetensors", "config.json"} <= set(manifest["files"])
    assert (manifest["step"], manifest["resumable"]) == (6, True)
    assert manifest["training"]["config.hidden_size"] == 8


def test_a_checkpoint_has_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    class Look(TrainerCallback):
        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            verify(tmp_path / f"checkpoint-{state.global_step}")
            seen.append((state.global_step, names(tmp_path)))

    class Watched(RNNTrainer):
        def _save_rng_state(self, output_dir: str) -> None:
            super()._save_rng_state(output_dir)
            during.append((Path(output_dir).parent.name, names(tmp_path)))

    seen: list[Any] = []
    during: list[Any] = []
    trainer = make_trainer(tmp_path, Watched, max_steps=9, save_total_limit=1)
    trainer.add_callback(Look())
    trainer.train()
    assert seen == [(step, [f"checkpoint-{step}"]) for step in (3, 6, 9)]
    # The last complete one stays until the new one is in place.
    assert during[1:] == [(STAGING, [STAGING, f"checkpoint-{step}"]) for step in (3, 6)]


def test_going_on_is_bitwise_equal_to_no_interruption(tmp_path: Path, trained: Path) -> None:
    whole = train(tmp_path / "a")
    again = make_trainer(tmp_path / "b", max_steps=9)
    again.train(resume_from_checkpoint=trained / "checkpoint-6")
    assert again.resumed_from == 6
    assert ends(again) == ends(whole)


def test_going_on_from_the_last_step_trains_no_further(tmp_path: Path, trained: Path) -> None:
    again = make_trainer(tmp_path, max_steps=9)
    again.train(resume_from_checkpoint=str(trained / "checkpoint-9"))
    assert again.state.global_step == 9
    kept = RNNForCausalLM.from_pretrained(trained / "checkpoint-9")
    assert torch.equal(again.model.lm_head.weight, kept.lm_head.weight)


def damage(folder: Path, kind: str) -> str:
    path = folder / "optimizer.pt"
    if kind == "missing":
        path.unlink()
    elif kind == "cut short":
        path.write_bytes(path.read_bytes()[:-7])
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    return path.name


@pytest.mark.parametrize("kind", ["missing", "cut short", "one bit flipped"])
def test_a_damaged_checkpoint_is_refused_by_name_and_passed_over_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    whole = train(tmp_path)
    file = damage(tmp_path / "checkpoint-9", kind)
    again = make_trainer(tmp_path, max_steps=9, save_total_limit=None)
    before = digest_of_model(again)
    with pytest.raises(CheckpointError, match=rf"checkpoint-9.*{file}.*resume_from_checkpoint=True"):
        again.train(resume_from_checkpoint=str(tmp_path / "checkpoint-9"))
    assert digest_of_model(again) == before
    with caplog.at_level(logging.WARNING, "seqkit"):
        again.train(resume_from_checkpoint=True)
    assert f"checkpoint-9 is {'incomplete' if kind == 'missing' else 'damaged'}" in caplog.text
    assert again.resumed_from == 6
    assert ends(again) == ends(whole)
    verify(tmp_path / "checkpoint-9")


def digest_of_model(trainer: RNNTrainer) -> float:
    return sum(float(parameter.detach().double().sum()) for parameter in trainer.model.parameters())


def test_no_checkpoint_at_all_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no complete checkpoint"):
        make_trainer(tmp_path).train(resume_from_checkpoint=True)
    with pytest.raises(CheckpointError, match="nowhere does not exist"):
        make_trainer(tmp_path).train(resume_from_checkpoint=str(tmp_path / "nowhere"))


def test_a_checkpoint_of_the_stock_trainer_is_not_taken_for_complete(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, max_steps=3)
    trainer._save_checkpoint = lambda *args: Trainer._save_checkpoint(trainer, *args)  # type: ignore[method-assign]
    trainer.train()
    with pytest.raises(CheckpointError, match=r"seqkit_manifest\.json"):
        make_trainer(tmp_path).train(resume_from_checkpoint=str(tmp_path / "checkpoint-3"))


def test_a_model_alone_is_no_training(tmp_path: Path) -> None:
    train(tmp_path, save_only_model=True)
    assert "optimizer.pt" not in names(tmp_path / "checkpoint-9")
    RNNForCausalLM.from_pretrained(tmp_path / "checkpoint-9")
    with pytest.raises(CheckpointError, match=r"save_only_model=True.*from_pretrained"):
        make_trainer(tmp_path).train(resume_from_checkpoint=str(tmp_path / "checkpoint-9"))
    with pytest.raises(CheckpointError, match=r"no complete checkpoint(.|\n)*save_only_model"):
        make_trainer(tmp_path).train(resume_from_checkpoint=True)


def other_model(trainer: RNNTrainer) -> None:
    config = RNNConfig(vocab_size=12, hidden_size=16, output_dropout=0.1, zoneout=0.1)
    trainer.model = trainer.model_wrapped = RNNForCausalLM(config)


def other_text(trainer: RNNTrainer) -> None:
    ids = trainer.train_dataset.ids.clone()
    ids[200] = (ids[200] + 1) % 12
    trainer.train_dataset = StreamDataset(ids, 4, 8)


def longer_segments(trainer: RNNTrainer) -> None:
    trainer.train_dataset = StreamDataset(trainer.train_dataset.ids, 4, 10)


def argument(name: str, value: Any) -> Callable[[RNNTrainer], None]:
    return lambda trainer: setattr(trainer.args, name, value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (other_model, "config.hidden_size is 16, there 8"),
        (other_text, "the training data hold other contents"),
        (longer_segments, "data.sequence_length is 10, there 8"),
        (argument("seed", 7), "seed is 7, there 42"),
        (argument("per_device_train_batch_size", 8), "per_device_train_batch_size is 8, there 4"),
        (argument("gradient_accumulation_steps", 2), "gradient_accumulation_steps is 2, there 1"),
        (argument("_n_gpu", 2), "world_size is 2, there 1"),
    ],
    ids=["model", "text", "sequence length", "seed", "batch size", "accumulation", "world size"],
)
def test_a_checkpoint_of_another_training_is_refused(
    tmp_path: Path, trained: Path, change: Callable[[RNNTrainer], None], told: str
) -> None:
    before = verify(trained / "checkpoint-9")
    trainer = make_trainer(trained, max_steps=9)
    change(trainer)
    with pytest.raises(CheckpointError, match=told) as caught:
        trainer.train(resume_from_checkpoint=True)
    assert "another output_dir" in str(caught.value)
    assert str(caught.value).count("there") == (0 if "contents" in told else 1)
    assert verify(trained / "checkpoint-9") == before


def test_a_longer_training_goes_on_and_says_so(tmp_path: Path, trained: Path, caplog: pytest.LogCaptureFixture) -> None:
    trainer = make_trainer(tmp_path, max_steps=12)
    with caplog.at_level(logging.WARNING, "seqkit"):
        trainer.train(resume_from_checkpoint=str(trained / "checkpoint-9"))
    assert trainer.state.global_step == 12
    assert "max_steps is 12, there 9" in caplog.text


def test_data_that_cannot_be_known_are_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Streaming(IterableDataset):
        def __iter__(self) -> Any:
            yield from ({"input_ids": torch.arange(8), "labels": torch.arange(8)} for _ in range(99))

    def make() -> RNNTrainer:
        trainer = make_trainer(tmp_path, max_steps=3)
        trainer.train_dataset = Streaming()
        return trainer

    make().train()
    with caplog.at_level(logging.WARNING, "seqkit"):
        make().train(resume_from_checkpoint=True)
    assert "cannot be known of a Streaming" in caplog.text


def test_the_best_model_is_loaded_from_where_it_is(tmp_path: Path) -> None:
    best = {"load_best_model_at_end": True, "eval_strategy": "steps", "eval_steps": 3, "greater_is_better": True}
    trainer = make_trainer(tmp_path, max_steps=9, save_total_limit=1, metric_for_best_model="eval_loss", **best)
    losses = {3: 1.0, 6: 3.0, 9: 2.0}
    trainer.evaluate = lambda *_, **__: {"eval_loss": losses[trainer.state.global_step]}  # type: ignore[method-assign]
    trainer.train()
    assert trainer.state.best_model_checkpoint == str(tmp_path / "checkpoint-6")
    assert names(tmp_path) == ["checkpoint-6"]
    saved = json.loads((tmp_path / "checkpoint-6" / "trainer_state.json").read_text())
    assert saved["best_model_checkpoint"] == str(tmp_path / "checkpoint-6")
    kept = RNNForCausalLM.from_pretrained(tmp_path / "checkpoint-6")
    assert torch.equal(trainer.model.lm_head.weight, kept.lm_head.weight)
    damage(tmp_path / "checkpoint-6", "missing")
    with pytest.raises(CheckpointError, match=r"optimizer\.pt is missing"):
        trainer._load_best_model()


def test_a_save_that_fails_leaves_the_old_ones_and_one_clear_error(tmp_path: Path) -> None:
    class Failing(RNNTrainer):
        error: BaseException = OSError("no such luck")

        def _save_rng_state(self, output_dir: str) -> None:
            super()._save_rng_state(output_dir)
            if self.state.global_step == 6:
                raise self.error

    def check(kind: type[RNNTrainer], folder: Path, raised: type[BaseException], told: str) -> None:
        with pytest.raises(raised, match=told):
            make_trainer(folder, kind, max_steps=9, save_total_limit=1).train()
        assert names(folder) == ["checkpoint-3"]
        verify(folder / "checkpoint-3")

    told = r"checkpoint-6 could not be saved: no such luck.*resume_from_checkpoint=True"
    check(Failing, tmp_path / "a", CheckpointError, told)
    check(type("Stopped", (Failing,), {"error": KeyboardInterrupt()}), tmp_path / "b", KeyboardInterrupt, "^$")


def test_a_checkpoint_is_pushed_once_it_is_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed: list[str] = []

    def push(self: Trainer, folder: str) -> None:
        verify(Path(folder))
        pushed.append(folder)

    monkeypatch.setattr(Trainer, "_push_from_checkpoint", push)
    trainer = make_trainer(tmp_path, max_steps=6)
    trainer.args.push_to_hub = True
    trainer.push_in_progress = None
    trainer.train()
    assert pushed == [str(tmp_path / "checkpoint-3"), str(tmp_path / "checkpoint-6")]


def test_a_step_that_is_saved_again_replaces_the_old_checkpoint(tmp_path: Path, trained: Path) -> None:
    whole = train(tmp_path)
    before = (tmp_path / "checkpoint-9").stat().st_ino
    again = make_trainer(tmp_path, max_steps=9, save_total_limit=None)
    again.train(resume_from_checkpoint=str(tmp_path / "checkpoint-6"))
    assert (tmp_path / "checkpoint-9").stat().st_ino != before
    assert names(tmp_path) == ["checkpoint-3", "checkpoint-6", "checkpoint-9"]
    assert ends(again) == ends(whole)


def test_the_random_state_must_be_there(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    with pytest.raises(CheckpointError, match=r"rng_state\.pth"):
        trainer._load_rng_state(str(tmp_path))
    trainer._load_rng_state(None)
