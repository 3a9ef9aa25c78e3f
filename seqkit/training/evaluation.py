"""A trained model on data with labels: its loss, its figures, and where it is wrong."""

import tempfile
from collections.abc import Collection
from typing import Any

import datasets
from transformers import PrinterCallback

from seqkit.annotations import show
from seqkit.data.encoding import encode_text
from seqkit.data.labels import LabelSet
from seqkit.data.schemes import scheme_of, settle_tags
from seqkit.data.strangers import Stranger, describe, find_strangers, refuse_strangers
from seqkit.data.streams import IGNORED, StreamDataset
from seqkit.errors import DataError
from seqkit.inference.labeller import Labeller
from seqkit.training.arguments import RNNTrainingArguments
from seqkit.training.report import Report, class_report, number_report, several_report, tagging_report
from seqkit.training.rows import encode_rows, encode_words
from seqkit.training.text_figures import text_figures
from seqkit.training.trainer import RNNTrainer

UNKNOWN = ("error", "wrong")
"""What to do with labels that training has not seen: refuse the data, or count them as never found."""


def evaluate(
    model: Any, tokenizer: Any, task: str, rows: datasets.Dataset, batch_size: int = 16, unknown: str = "error"
) -> Report:
    """Measure a model on rows with labels, or a language model on a text.

    Args:
        model: a model with a head.
        tokenizer: its tokenizer; None if it reads vectors.
        task: what the head is for.
        rows: as `read_dataset` gives them for this task.
        batch_size: rows, or streams of a text, at once.
        unknown: `"error"` refuses labels that training has not seen, all named and counted; `"wrong"` counts them as
            labels that were not found, leaves them out of the loss, and tells of them.

    Raises:
        DataError: if labels are unknown, or do not fit the model.
    """
    if unknown not in UNKNOWN:
        raise DataError(f"unknown labels are to be {show(unknown)}; expected one of {', '.join(UNKNOWN)}")
    if task == "causal-lm":
        return Report(text_loss(model, tokenizer, rows, batch_size))
    judge = tagger if task == "token-classification" else classifier
    return judge(Labeller(model, tokenizer, batch_size), rows, unknown)


def text_loss(model: Any, tokenizer: Any, rows: datasets.Dataset, batch_size: int) -> dict[str, float]:
    """Return the figures of a language model on all texts, one behind the other."""
    text = "".join(rows["text"])
    ids = encode_text(tokenizer, text)
    with tempfile.TemporaryDirectory() as folder:
        trainer = RNNTrainer(model, quiet_arguments(folder, batch_size))
        length = trainer.args.eval_sequence_length
        nats = trainer.text_loss(StreamDataset(ids, batch_size, length, whole=True))
    return text_figures(nats, len(text) / len(ids))


def tagger(labeller: Labeller, rows: datasets.Dataset, unknown: str) -> Report:
    """Judge a tagger; tags in another scheme than the model's are written in the model's first."""
    labels = LabelSet.from_config(labeller.model.config)
    found = scheme_of(rows["labels"])
    wanted = labeller.scheme if "iobes" in (labeller.scheme, found) and found and labeller.scheme else "raw"
    settled = settle_tags(rows["labels"], wanted)
    strangers = settle_strangers(settled.sentences, labels.label2id, unknown)
    known = Forgiving(labels.label2id) if strangers else labels.label2id
    rows = rows.remove_columns("labels").add_column("labels", settled.sentences)
    encoded = encode_words(rows, labeller.tokenizer, known)
    guesses = [answer["labels"] for answer in labeller(rows["tokens"])]
    report = tagging_report(settled.sentences, guesses)
    report.figures = {**mean_loss(labeller, encoded), **report.figures}
    if settled.illegal:
        report.notes.append(f"{settled.illegal:,} tags of the data are not legal in {found}; read as conlleval does")
    return noted(report, strangers)


def classifier(labeller: Labeller, rows: datasets.Dataset, unknown: str) -> Report:
    """Judge a classifier or regressor."""
    labels, truth = LabelSet.from_config(labeller.model.config), rows["label"][:]
    answers = list(labeller(rows[labeller.column]))
    if labels.problem_type == "regression":
        report = number_report([float(value) for value in truth], [each["value"] for each in answers])
        encoded, strangers = encode_rows(rows, labeller.inputs, labels), dict[str, Stranger]()
    else:
        several = labels.problem_type == "multi_label_classification"
        names = [[str(name) for name in label] if isinstance(label, list) else [str(label)] for label in truth]
        strangers = settle_strangers(names, labels.label2id, unknown)
        if several:
            report = several_report(names, [each["labels"] for each in answers], labels.names)
        else:
            report = class_report([one for (one,) in names], [each["label"] for each in answers])
        encoded = encode_rows(without(rows, names, strangers, several), labeller.inputs, labels)
    report.figures = {**mean_loss(labeller, encoded), **report.figures}
    return noted(report, strangers)


def without(
    rows: datasets.Dataset, names: list[list[str]], strangers: Collection[str], several: bool
) -> datasets.Dataset:
    """Leave labels that no loss can be taken of out: of rows with several, those labels; else the rows."""
    if not strangers:
        return rows
    if not several:
        return rows.select([i for i, (name,) in enumerate(names) if name not in strangers])
    kept = [[name for name in row if name not in strangers] for row in names]
    return rows.remove_columns("label").add_column("label", kept)


class Forgiving(dict[str, int]):
    """Numbers of labels, in which an unknown one is not counted."""

    def __missing__(self, label: str) -> int:
        return IGNORED


def settle_strangers(rows: Any, known: Collection[str], unknown: str) -> dict[str, Stranger]:
    """Find labels that training has not seen, and refuse them if they are to be an error."""
    if unknown == "error":
        refuse_strangers(rows, known)
    return find_strangers(rows, known)


def noted(report: Report, strangers: dict[str, Stranger]) -> Report:
    """Tell of labels that training has not seen."""
    if strangers:
        told = f"{describe(strangers)} were not seen in training: counted as not found, and left out of the loss"
        report.notes.append(told)
    return report


def mean_loss(labeller: Labeller, encoded: datasets.Dataset) -> dict[str, float]:
    """Return the mean loss as `loss`; nothing if no row is left to take it of."""
    if not len(encoded):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        arguments = quiet_arguments(folder, labeller.batch_size, prediction_loss_only=True)
        collator, tokenizer = labeller.inputs.collator, labeller.tokenizer
        trainer = RNNTrainer(labeller.model, arguments, data_collator=collator, processing_class=tokenizer)
        trainer.remove_callback(PrinterCallback)
        return {"loss": trainer.evaluate(encoded)["eval_loss"]}


def quiet_arguments(folder: str, batch_size: int, **others: Any) -> RNNTrainingArguments:
    """Return arguments of an evaluation that shows and reports nothing."""
    return RNNTrainingArguments(
        folder, per_device_eval_batch_size=batch_size, disable_tqdm=True, report_to="none", **others
    )
