"""RNNTrainer: the state is carried, saved, restored, and kept apart from evaluation's."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch.nn import functional as F
from torch.utils.data import RandomSampler
from transformers import Trainer

from seqkit import RNNConfig, RNNForCausalLM, RNNForSequenceClassification
from seqkit.data import LengthSampler, StreamDataset
from seqkit.errors import CheckpointError, ConfigError, StateError
from seqkit.training import RNNTrainer, RNNTrainingArguments
from seqkit.training.trainer import STATE_FILE

IDS = torch.randint(0, 12, (400,), generator=torch.Generator().manual_seed(0))


def make_trainer(folder: Path, *, streams: int = 4, dropout: float = 0.0, **options: object) -> RNNTrainer:
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(vocab_size=12, hidden_size=16, output_dropout=dropout))
    defaults = {"per_device_train_batch_size": 4, "max_steps": 6, "learning_rate": 0.01, "save_strategy": "no"}
    defaults |= {"report_to": "none", "disable_tqdm": True, "logging_strategy": "no", "use_cpu": True}
    arguments = RNNTrainingArguments(str(folder), **{**defaults, **options})
    data = StreamDataset(IDS, streams, 8)
    return RNNTrainer(model, arguments, train_dataset=data, eval_dataset=StreamDataset(IDS, 3, 16, whole=True))


def test_training_equals_a_loop_written_by_hand(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, lr_scheduler_type="constant", max_grad_norm=0.0, optim="sgd")
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(vocab_size=12, hidden_size=16))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    state, data = None, StreamDataset(IDS, 4, 8)
    for step in range(6):
        rows = [data[step * 4 + b] for b in range(4)]
        ids = torch.stack([row["input_ids"] for row in rows])
        targets = torch.stack([row["shift_labels"] for row in rows])
        outputs = model(ids, initial_state=state, return_state=True)
        F.cross_entropy(outputs.logits.flatten(0, 1), targets.flatten()).backward()
        state = tuple(tuple(t.detach() for t in layer) for layer in outputs.state)
        optimizer.step()
        optimizer.zero_grad()
    trainer.train()
    for (name, ours), theirs in zip(trainer.model.named_parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, msg=lambda text, name=name: f"{name}: {text}")


def test_without_carried_state_the_result_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carried = make_trainer(tmp_path / "a")
    carried.train()
    cut = make_trainer(tmp_path / "b")
    compute = cut.compute_loss

    def forgetful(*args: object, **kwargs: object) -> object:
        cut.forget()
        return compute(*args, **kwargs)

    monkeypatch.setattr(cut, "compute_loss", forgetful)
    cut.train()
    assert not torch.equal(carried.model.lm_head.weight, cut.model.lm_head.weight)


def test_evaluation_counts_every_target_once_with_carried_state(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    model = trainer.model.eval()
    nats = 0.0
    for stream in range(3):
        length = math.ceil(399 / 3)
        ids = IDS[stream * length : (stream + 1) * length + 1][None]
        logits = model(ids[:, :-1]).logits
        nats += float(F.cross_entropy(logits[0], ids[0, 1:], reduction="sum").detach())
    metrics = trainer.evaluate()
    assert metrics["eval_loss"] == pytest.approx(nats / 399, abs=1e-5)
    assert metrics["eval_perplexity"] == pytest.approx(math.exp(nats / 399), rel=1e-4)
    assert metrics["eval_bits_per_token"] == pytest.approx(nats / 399 / math.log(2), rel=1e-4)


def test_evaluation_leaves_training_as_it_was(tmp_path: Path) -> None:
    plain = make_trainer(tmp_path / "a", dropout=0.1)
    plain.train()
    watched = make_trainer(tmp_path / "b", dropout=0.1, eval_strategy="steps", eval_steps=2)
    watched.train()
    for ours, theirs in zip(watched.model.parameters(), plain.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_resume_is_bitwise_equal_to_the_uninterrupted_run(tmp_path: Path) -> None:
    whole = make_trainer(tmp_path / "a", dropout=0.1, max_steps=15)
    whole.train()
    first = make_trainer(tmp_path / "b", dropout=0.1, max_steps=15, save_strategy="steps", save_steps=7)
    first.train()
    checkpoint = tmp_path / "b" / "checkpoint-7"
    assert (checkpoint / STATE_FILE).is_file()
    second = make_trainer(tmp_path / "c", dropout=0.1, max_steps=15)
    second.train(resume_from_checkpoint=str(checkpoint))
    for ours, theirs in zip(second.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("strategy", ["steps", "epoch"])
def test_resume_at_an_epoch_end_begins_the_next_one_with_no_state(tmp_path: Path, strategy: str) -> None:
    whole = make_trainer(tmp_path / "a", max_steps=18, save_strategy=strategy, save_steps=12)
    whole.train()
    again = make_trainer(tmp_path / "b", max_steps=18)
    again.train(resume_from_checkpoint=str(tmp_path / "a" / "checkpoint-12"))
    for ours, theirs in zip(again.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_resume_without_the_state_is_refused(tmp_path: Path) -> None:
    make_trainer(tmp_path / "a", save_strategy="steps", save_steps=3).train()
    checkpoint = tmp_path / "a" / "checkpoint-3"
    (checkpoint / STATE_FILE).unlink()
    with pytest.raises(CheckpointError, match=STATE_FILE):
        make_trainer(tmp_path / "b").train(resume_from_checkpoint=str(checkpoint))


def test_a_checkpoint_that_was_saved_without_the_state_is_refused(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer._save_rng_state(str(tmp_path))
    with pytest.raises(StateError, match=STATE_FILE):
        trainer._load_rng_state(str(tmp_path))


def test_accumulation_divides_the_loss(tmp_path: Path) -> None:
    trainer = make_trainer(
        tmp_path, gradient_accumulation_steps=2, max_steps=1, optim="sgd", lr_scheduler_type="constant", max_grad_norm=0
    )
    before = {name: p.detach().clone() for name, p in trainer.model.named_parameters()}
    torch.manual_seed(0)
    model, data, state = RNNForCausalLM(RNNConfig(vocab_size=12, hidden_size=16)), StreamDataset(IDS, 4, 8), None
    for step in range(2):
        rows = [data[step * 4 + b] for b in range(4)]
        batch = {key: torch.stack([row[key] for row in rows]) for key in rows[0]}
        outputs = model(**batch, initial_state=state, return_state=True)
        (outputs.loss / 2).backward()
        state = tuple(tuple(t.detach() for t in layer) for layer in outputs.state)
    trainer.train()
    for (name, ours), theirs in zip(trainer.model.named_parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(before[name] - ours, 0.01 * theirs.grad, atol=1e-7, rtol=1e-3)


def test_label_smoothing_takes_the_shifted_targets(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, label_smoothing_factor=0.1)
    rows = [trainer.train_dataset[b] for b in range(4)]
    batch = {key: torch.stack([row[key] for row in rows]) for key in rows[0]}
    trainer.model.train()
    loss = trainer.compute_loss(trainer.model, dict(batch))
    logits = trainer.model(batch["input_ids"]).logits
    expected = F.cross_entropy(logits.flatten(0, 1), batch["shift_labels"].flatten(), label_smoothing=0.1)
    torch.testing.assert_close(loss, expected)


def test_the_batch_must_be_the_number_of_streams(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="per_device_train_batch_size=5"):
        make_trainer(tmp_path, streams=5)


def test_activation_checkpointing_gives_the_same_training(tmp_path: Path) -> None:
    plain = make_trainer(tmp_path / "a")
    plain.train()
    saving = make_trainer(tmp_path / "b")
    saving.model.activation_checkpointing_enable()
    saving.train()
    for ours, theirs in zip(saving.model.parameters(), plain.model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


ROWS = [{"input_ids": torch.randint(1, 12, (n,)).tolist(), "labels": n % 3} for n in [*range(1, 20)] * 5]


def make_classifier(
    folder: Path,
    rows: Any = ROWS,
    kind: type[Trainer] = RNNTrainer,
    noise: dict[str, float] | None = None,
    **options: object,
) -> Trainer:
    torch.manual_seed(0)
    config = RNNConfig(vocab_size=12, hidden_size=8, num_labels=3, pad_token_id=0, **noise or {})
    model = RNNForSequenceClassification(config)
    defaults = {"per_device_train_batch_size": 4, "max_steps": 40, "save_strategy": "no", "report_to": "none"}
    defaults |= {"disable_tqdm": True, "logging_strategy": "no", "use_cpu": True}
    arguments = RNNTrainingArguments(str(folder), **{**defaults, **options})
    return kind(model, arguments, train_dataset=rows, eval_dataset=rows, data_collator=collate)


def collate(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    ids = [torch.tensor(row["input_ids"]) for row in rows]
    ids = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True)
    return {"input_ids": ids, "attention_mask": (ids != 0).long(), "labels": torch.tensor([r["labels"] for r in rows])}


def padding(batches: Iterable[dict[str, torch.Tensor]]) -> float:
    masks = [batch["attention_mask"] for batch in batches]
    return 1 - sum(float(mask.sum()) for mask in masks) / sum(mask.numel() for mask in masks)


def test_rows_of_similar_length_go_together_by_default(tmp_path: Path) -> None:
    for rows in (ROWS, Dataset.from_list(ROWS)):
        assert padding(make_classifier(tmp_path, rows).get_train_dataloader()) < 0.15
    assert padding(make_classifier(tmp_path, train_sampling_strategy="random").get_train_dataloader()) > 0.25


def test_a_column_of_lengths_decides_and_data_without_lengths_is_shuffled(tmp_path: Path) -> None:
    data = Dataset.from_list([{**row, "n": 1} for row in ROWS])
    sampler = make_classifier(tmp_path, data, length_column_name="n").get_train_dataloader().batch_sampler.sampler
    assert set(sampler.lengths) == {1}
    loader = make_classifier(tmp_path, [{"ids": 1}] * 8).get_train_dataloader()
    assert isinstance(loader.batch_sampler.sampler, RandomSampler)


def test_resume_goes_on_with_the_rows_of_its_epoch(tmp_path: Path) -> None:
    # 24 batches make an epoch: step 30 is inside the second.
    whole = make_classifier(tmp_path / "a", save_strategy="steps", save_steps=30)
    whole.train()
    again = make_classifier(tmp_path / "b")
    again.train(resume_from_checkpoint=str(tmp_path / "a" / "checkpoint-30"))
    for ours, theirs in zip(again.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_predictions_stand_where_their_rows_do(tmp_path: Path) -> None:
    trainer = make_classifier(tmp_path)
    found = trainer.predict(ROWS)
    assert found.label_ids.tolist() == [row["labels"] for row in ROWS]
    alone = trainer.model.eval()(torch.tensor([ROWS[17]["input_ids"]])).logits
    torch.testing.assert_close(torch.tensor(found.predictions[17:18]), alone.detach())


def test_the_stock_trainer_takes_the_sampler_too(tmp_path: Path) -> None:
    class Grouped(Trainer):
        def _get_train_sampler(self, train_dataset: object = None) -> LengthSampler:
            return LengthSampler([len(row["input_ids"]) for row in ROWS], 4, seed=1)

    trainer = make_classifier(tmp_path, kind=Grouped)
    assert padding(trainer.get_train_dataloader()) < 0.15
    assert trainer.train().global_step == 40


def test_dropout_is_that_of_the_whole_batch_however_it_is_accumulated(tmp_path: Path) -> None:
    noise = {"weight_dropout": 0.3, "zoneout": 0.2, "output_dropout": 0.3, "embedding_dropout": 0.2}
    options = {"train_sampling_strategy": "random", "data_seed": 1, "optim": "sgd", "learning_rate": 1.0}

    def trained(size: int, parts: int, **more: Any) -> torch.Tensor:
        sizes = {"per_device_train_batch_size": size, "gradient_accumulation_steps": parts}
        trainer = make_classifier(tmp_path, noise=noise, max_steps=3, **options, **sizes, **more)
        trainer.train()
        return torch.cat([parameter.detach().flatten() for parameter in trainer.model.parameters()])

    whole = trained(8, 1)
    torch.testing.assert_close(trained(4, 2), whole)
    torch.testing.assert_close(trained(2, 4), whole)
    # The rows come in the same order: only the masks differ.
    assert not torch.allclose(trained(8, 1, seed=7), whole)
