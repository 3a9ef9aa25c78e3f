"""RNNTrainer on rows: those of similar length go together, whatever is resumed, predicted or accumulated."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch.utils.data import RandomSampler
from transformers import Trainer

from seqkit import RNNConfig, RNNForSequenceClassification
from seqkit.data import LengthSampler
from seqkit.training import RNNTrainer, RNNTrainingArguments

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
