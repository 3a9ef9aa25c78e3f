"""RNNTrainer: the state is carried, saved, restored, and kept apart from evaluation's."""

import itertools
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch.nn import functional as F

from seqkit import RNNConfig, RNNForCausalLM, WordTokenizer
from seqkit.data import DocumentStreams, StreamDataset
from seqkit.errors import CheckpointError, ConfigError, StateError
from seqkit.training import RNNTrainer, RNNTrainingArguments
from seqkit.training.trainer import STATE_FILE
from tests.cases import same

IDS = torch.randint(0, 12, (400,), generator=torch.Generator().manual_seed(0))


def make_trainer(
    folder: Path, *, streams: int = 4, dropout: float = 0.0, data: Any = None, cell: str = "lstm", **options: object
) -> RNNTrainer:
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(cell=cell, vocab_size=12, hidden_size=16, output_dropout=dropout))
    defaults = {"per_device_train_batch_size": 4, "max_steps": 6, "learning_rate": 0.01, "save_strategy": "no"}
    defaults |= {"report_to": "none", "disable_tqdm": True, "logging_strategy": "no", "use_cpu": True}
    arguments = RNNTrainingArguments(str(folder), **{**defaults, **options})
    data = StreamDataset(IDS, streams, 8) if data is None else data
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


def weights(trainer: RNNTrainer) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in trainer.model.named_parameters()}


def test_a_checkpoint_of_an_epochs_end_begins_the_next_one_anew(tmp_path: Path) -> None:
    # 12 segments make an epoch.
    whole = make_trainer(tmp_path / "a", max_steps=20, save_strategy="steps", save_steps=12)
    whole.train()
    again = make_trainer(tmp_path / "b", max_steps=20)
    again.train(resume_from_checkpoint=str(tmp_path / "a" / "checkpoint-12"))
    same(weights(again), weights(whole), 0)


@pytest.mark.parametrize("step", [5, 20], ids=["first epoch", "second epoch"])
def test_random_lengths_resume_where_they_were(tmp_path: Path, step: int) -> None:
    options: dict[str, Any] = {"random_segment_lengths": True, "max_steps": 30, "dropout": 0.1}
    whole = make_trainer(tmp_path / "a", save_strategy="steps", save_steps=step, **options)
    whole.train()
    again = make_trainer(tmp_path / "b", **options)
    again.train(resume_from_checkpoint=str(tmp_path / "a" / f"checkpoint-{step}"))
    same(weights(again), weights(whole), 0)
    other = make_trainer(tmp_path / "c", seed=2, **{**options, "dropout": 0.0})
    other.train()
    assert not torch.equal(other.model.lm_head.weight, whole.model.lm_head.weight)


def test_the_rate_follows_the_length(tmp_path: Path) -> None:
    trainer = make_trainer(
        tmp_path, random_segment_lengths=True, max_steps=10, lr_scheduler_type="constant", max_grad_norm=0, optim="sgd"
    )
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(vocab_size=12, hidden_size=16))
    state, data, lengths = None, trainer.train_dataset, []
    for step in range(10):
        rows = [data[0, step * 4 + b] for b in range(4)]
        batch = {key: torch.stack([row[key] for row in rows]) for key in rows[0]}
        lengths.append(batch["input_ids"].shape[1])
        outputs = model(**batch, initial_state=state, return_state=True)
        model.zero_grad()
        outputs.loss.backward()
        state = tuple(tuple(t.detach() for t in layer) for layer in outputs.state)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.01 * lengths[-1] / 8 * parameter.grad
    trainer.train()
    assert len(set(lengths)) > 3
    same(weights(trainer), {name: p.detach() for name, p in model.named_parameters()}, 1e-6)
    assert [group["lr"] for group in trainer.optimizer.param_groups] == [0.01, 0.01]


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_documents_train_as_if_each_were_alone(tmp_path: Path, cell: str) -> None:
    ids = IDS[:129]
    starts = [5, 6, 21, 40, 77, 100]
    data = StreamDataset(ids, 4, 32, starts=starts)
    how: dict[str, Any] = {"max_steps": 1, "optim": "sgd", "learning_rate": 1.0, "lr_scheduler_type": "constant"}
    trainer = make_trainer(tmp_path, data=data, cell=cell, max_grad_norm=0, **how)
    before = weights(trainer)
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(cell=cell, vocab_size=12, hidden_size=16))
    borders = sorted({*starts, 0, 32, 64, 96, 128})
    total, count = torch.tensor(0.0), 0
    for begin, end in itertools.pairwise(borders):
        # The last place of a stream's segment predicts the first token of the next stream, if no document begins there.
        last = end if end in starts else end + 1
        part = ids[begin:last]
        if len(part) > 1:
            logits = model(part[None, :-1]).logits[0]
            total = total + F.cross_entropy(logits, part[1:], reduction="sum")
            count += len(part) - 1
    (total / count).backward()
    trainer.train()
    assert count == data.num_targets
    same(
        {name: before[name] - after for name, after in weights(trainer).items()},
        {name: p.grad for name, p in model.named_parameters()},
    )


def test_accumulated_documents_count_by_their_tokens(tmp_path: Path) -> None:
    # Two segments with few and many targets: a mean of means would not be the mean.
    ids = torch.randint(0, 12, (65,), generator=torch.Generator().manual_seed(1))
    how: dict[str, Any] = {"max_steps": 1, "optim": "sgd", "learning_rate": 1.0, "lr_scheduler_type": "constant"}
    data = StreamDataset(ids, 4, 8, starts=[*range(1, 8), *range(17, 24), *range(33, 40)])
    trainer = make_trainer(tmp_path, data=data, gradient_accumulation_steps=2, max_grad_norm=0, **how)
    before = weights(trainer)
    trainer.train()
    torch.manual_seed(0)
    model, state, total, count = RNNForCausalLM(RNNConfig(vocab_size=12, hidden_size=16)), None, 0.0, 0
    for part in range(2):
        rows = [data[part * 4 + b] for b in range(4)]
        batch = {key: torch.stack([row[key] for row in rows]) for key in rows[0]}
        outputs = model(**batch, initial_state=state, return_state=True, num_items_in_batch=1)
        total, count = total + outputs.loss, count + int((batch["shift_labels"] != -100).sum())
        state = tuple(tuple(t.detach() for t in layer) for layer in outputs.state)
    (total / count).backward()
    found = {name: before[name] - after for name, after in weights(trainer).items()}
    same(found, {name: p.grad for name, p in model.named_parameters()})


@pytest.mark.parametrize("saving", ["activation_checkpointing", "gradient_checkpointing"])
def test_activation_checkpointing_by_argument_with_dropout_documents_and_resume(tmp_path: Path, saving: str) -> None:
    data, options = StreamDataset(IDS, 4, 8, end_id=3), {"dropout": 0.2, "max_steps": 15}
    plain = make_trainer(tmp_path / "a", data=data, **options)
    plain.train()
    first = make_trainer(tmp_path / "b", data=data, save_strategy="steps", save_steps=7, **{saving: True}, **options)
    first.train()
    same(weights(first), weights(plain))
    again = make_trainer(tmp_path / "c", data=data, **{saving: True}, **options)
    again.train(resume_from_checkpoint=str(tmp_path / "b" / "checkpoint-7"))
    same(weights(again), weights(first), 0)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_bfloat16_carries_the_state_in_full_precision(tmp_path: Path, cell: str) -> None:
    data = StreamDataset(IDS, 4, 8, end_id=3)
    found = []
    for half in (False, True):
        trainer = make_trainer(tmp_path, data=data, cell=cell, bf16=half, max_steps=40, learning_rate=0.02)
        trainer.train()
        assert trainer._state is not None
        assert {t.dtype for layer in trainer._state for t in layer} == {torch.float32}
        found.append(trainer.evaluate()["eval_loss"])
    assert found[0] < math.log(12) - 0.03
    assert found[1] == pytest.approx(found[0], abs=0.05)


def test_streamed_documents_train_evaluate_and_resume(tmp_path: Path) -> None:
    texts = [IDS[begin : begin + 37].tolist() for begin in range(0, 370, 37)]
    rows = Dataset.from_dict({"text": texts}).to_iterable_dataset()
    data = DocumentStreams(rows, 4, 8, run_length=50)
    # 370 tokens in segments of 32: the source is read twice.
    options: dict[str, Any] = {"data": data, "dropout": 0.1, "max_steps": 20, "random_segment_lengths": True}
    whole = make_trainer(tmp_path / "a", save_strategy="steps", save_steps=15, **options)
    whole.train()
    again = make_trainer(tmp_path / "b", **options)
    again.train(resume_from_checkpoint=str(tmp_path / "a" / "checkpoint-15"))
    same(weights(again), weights(whole), 0)
    streamed = whole.text_loss(DocumentStreams(rows, 1, 8, whole=True))
    assert streamed == pytest.approx(whole.text_loss(StreamDataset(IDS[:370], 1, 64, whole=True)), abs=1e-5)


def test_an_evaluation_reports_bits_per_character(tmp_path: Path) -> None:
    words = WordTokenizer.train("the cat sat on a mat")
    ids = torch.tensor(words("the cat sat on the mat")["input_ids"])
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(vocab_size=len(words), hidden_size=8))
    arguments = RNNTrainingArguments(str(tmp_path), report_to="none", use_cpu=True, disable_tqdm=True)
    data = StreamDataset(ids, 1, 4, whole=True)
    metrics = RNNTrainer(model, arguments, eval_dataset=data, processing_class=words).evaluate()
    expected = metrics["eval_loss"] / math.log(2) * len(ids) / len("the cat sat on the mat")
    assert metrics["eval_bits_per_character"] == pytest.approx(expected)
    told = StreamDataset(ids, 1, 4, whole=True, characters_per_token=4.0)
    metrics = RNNTrainer(model, arguments).evaluate(told)
    assert metrics["eval_bits_per_character"] == pytest.approx(metrics["eval_loss"] / math.log(2) / 4)
