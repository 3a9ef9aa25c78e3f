import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F
from transformers import DataCollatorForSeq2Seq, PrinterCallback, Seq2SeqTrainer, Seq2SeqTrainingArguments

from seqkit import CharTokenizer
from seqkit.errors import ConfigError
from seqkit.inference.translator import translate
from seqkit.models import RNNForConditionalGeneration
from seqkit.training import RNNSeq2SeqTrainer, RNNTrainingArguments
from seqkit.training.seq2seq import side_fields
from seqkit.training.translation import Translation
from tests.seq2seq import config

WORDS = ["abc", "bca", "cab", "aab", "bbc", "cca", "acb", "bac"]
TOKENIZER = CharTokenizer.train(WORDS, add_eos=True)
QUIET: dict[str, Any] = {"use_cpu": True, "disable_tqdm": True, "report_to": "none", "save_strategy": "no"}


def network(**fields: Any) -> RNNForConditionalGeneration:
    """Make a small model over these characters."""
    return RNNForConditionalGeneration(
        config(**{**side_fields(TOKENIZER, TOKENIZER), "attention": "general", "num_hidden_layers": 1, **fields})
    )


def rows(words: list[str] = WORDS) -> list[dict[str, Any]]:
    """Make rows whose target is the source backwards."""
    return [{"input_ids": TOKENIZER(w)["input_ids"], "labels": TOKENIZER(w[::-1])["input_ids"]} for w in words]


def trainer(kind: type, arguments: type, folder: Path, model: Any, **options: Any) -> Any:
    """Make a trainer of either house."""
    made = kind(
        model,
        arguments(str(folder), **{**QUIET, "per_device_train_batch_size": 8, "learning_rate": 0.02, **options}),
        train_dataset=rows(),
        eval_dataset=rows(),
        data_collator=DataCollatorForSeq2Seq(TOKENIZER, model),
        processing_class=TOKENIZER,
        compute_metrics=Translation(TOKENIZER),
    )
    made.remove_callback(PrinterCallback)
    return made


@pytest.mark.parametrize(
    ("kind", "arguments"), [(Seq2SeqTrainer, Seq2SeqTrainingArguments), (RNNSeq2SeqTrainer, RNNTrainingArguments)]
)
def test_both_trainers_teach_it_to_write_backwards(kind: type, arguments: type, tmp_path: Path) -> None:
    model = network(hidden_size=32)
    made = trainer(
        kind, arguments, tmp_path, model, max_steps=80, predict_with_generate=True, generation_max_length=8,
        label_smoothing_factor=0.05,
    )  # fmt: skip
    made.train()
    found = made.evaluate()
    assert found["eval_exact_match"] == 1
    assert translate(model.eval(), TOKENIZER, TOKENIZER, ["abc"], num_beams=2, max_new_tokens=6) == ["cba"]


def test_the_loss_is_by_token_and_without_smoothing(tmp_path: Path) -> None:
    model = network().eval()
    words = ["a", "abcabc", "b", "ba", "cabca"]
    made = trainer(
        RNNSeq2SeqTrainer, RNNTrainingArguments, tmp_path, model, per_device_eval_batch_size=2,
        label_smoothing_factor=0.3, predict_with_generate=True, generation_max_length=5,
    )  # fmt: skip
    found = made.evaluate(rows(words))
    nats, count = 0.0, 0
    for row in rows(words):
        labels = torch.tensor([row["labels"]])
        with torch.no_grad():
            logits = model(torch.tensor([row["input_ids"]]), labels=labels).logits
        nats += float(F.cross_entropy(logits[0], labels[0], reduction="sum"))
        count += labels.numel()
    assert found["eval_loss"] == pytest.approx(nats / count, rel=1e-5)
    assert found["eval_perplexity"] == pytest.approx(math.exp(nats / count), rel=1e-5)
    assert made.label_smoother is not None
    made.args.predict_with_generate = False
    plain = made.evaluate(rows(words))
    assert plain["eval_loss"] == pytest.approx(found["eval_loss"], rel=1e-5)
    assert "eval_bleu" not in plain


def test_teacher_forcing_falls_as_it_is_told(tmp_path: Path) -> None:
    model = network()
    seen = []
    model.decoder.register_forward_pre_hook(lambda *_: seen.append(model.teacher_forcing))
    options = {"max_steps": 5, "teacher_forcing_end": 0.5, "teacher_forcing_schedule": "linear"}
    trainer(RNNSeq2SeqTrainer, RNNTrainingArguments, tmp_path, model, **options).train()
    assert seen == pytest.approx([1.0, 0.9, 0.8, 0.7, 0.6])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"teacher_forcing_end": 1.5}, "teacher_forcing_end"),
        ({"teacher_forcing_schedule": "steep"}, "teacher_forcing_schedule is 'steep'"),
        ({"teacher_forcing_schedule": "exponential", "teacher_forcing_end": 0.0}, "no exponential reaches"),
    ],
)
def test_a_schedule_that_is_none_is_refused(options: dict[str, Any], text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=text):
        RNNTrainingArguments(str(tmp_path), **QUIET, **options)


def test_a_collator_without_a_model_is_given_it(tmp_path: Path) -> None:
    model, collator = network(), DataCollatorForSeq2Seq(TOKENIZER)
    arguments = RNNTrainingArguments(str(tmp_path), **QUIET)
    RNNSeq2SeqTrainer(model, arguments, train_dataset=rows(), data_collator=collator)
    assert collator.model is model
