"""What each task makes of its data: a tokenizer, data sets, labels and figures."""

from collections.abc import Callable
from typing import Any

import datasets
import numpy as np
from torch import Tensor
from transformers import DataCollatorForTokenClassification, PreTrainedTokenizerBase

from seqkit import plugins
from seqkit.data import LabelSet, StreamDataset, encode_documents, encode_text, read_splits, split, token_dtype
from seqkit.data.inputs import TextInputs
from seqkit.data.schemes import RAW, settle_tags
from seqkit.errors import DataError
from seqkit.training import metrics
from seqkit.training.classifying import classified, row_facts
from seqkit.training.prepared import Prepared
from seqkit.training.rows import encode_words
from seqkit.training.seq2seq import seq2seq
from seqkit.training.series import series_classification
from seqkit.training.settings import Settings
from seqkit.training.start import load_tokenizer

PART = 100_000
"""Tokens of a long validation text that evaluations during training look at; the last one looks at all of it."""


def prepare(settings: Settings) -> Prepared:
    """Read the data of a training and make of it what its task needs.

    Raises:
        DataError: if the data is missing, malformed or not enough.
        TokenizerError: if no tokenizer can be learnt from it.
        PluginError: if the tokenizer's plugin cannot be used.
    """
    return TASKS[settings.task](settings, *read(settings))


def read(settings: Settings) -> tuple[datasets.Dataset, datasets.Dataset]:
    """Read training and validation data, setting a tenth aside where none is given."""
    columns: dict[str, Any] = {"text_column": settings.text_column, "label_column": settings.label_column}
    found = read_splits(settings.data, task=settings.task, **columns)
    if "train" not in found:
        raise DataError(f"{settings.data[0]} has no split 'train'; it has {', '.join(found)}.")
    if settings.validation:
        given = read_splits(settings.validation, task=settings.task, **columns)
        return found["train"], given.get("validation", given.get("train", next(iter(given.values()))))
    if "validation" in found:
        return found["train"], found["validation"]
    return split(found["train"], 0.1, settings.arguments.seed, task=settings.task)


def train_tokenizer(settings: Settings, texts: Any) -> PreTrainedTokenizerBase:
    """Train the tokenizer that the settings name, or load that of the model to begin with."""
    if settings.model is not None:
        return load_tokenizer(settings.model)
    return plugins.get("tokenizers", settings.tokenizer).train(texts, **settings.tokenizer_options)


def special_ids(tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    """Return the configuration fields that repeat the tokenizer's."""
    fields = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    # A mark that no training text carried would end generation at random.
    if getattr(tokenizer, "add_bos_token", False):
        fields["bos_token_id"] = tokenizer.bos_token_id
    if getattr(tokenizer, "add_eos_token", False):
        fields["eos_token_id"] = tokenizer.eos_token_id
    # What a network needs to read words by their characters, and to drop words.
    if hasattr(tokenizer, "character_vocab_size"):
        fields["character_vocab_size"] = tokenizer.character_vocab_size
    if tokenizer.unk_token_id is not None:
        fields["unk_token_id"] = tokenizer.unk_token_id
    return fields


def causal_lm(settings: Settings, train: datasets.Dataset, validation: datasets.Dataset) -> Prepared:
    """Make streams of the texts, one behind the other."""
    tokenizer = train_tokenizer(settings, "".join(train["text"]))
    arguments = settings.arguments
    resets = arguments.reset_at_document_ends
    ids, starts, per_token = encode(tokenizer, train["text"], resets)
    held_out, held_starts, held_per_token = encode(tokenizer, validation["text"], resets)
    part = None if held_starts is None else held_starts[held_starts <= PART]
    rows, length = arguments.per_device_eval_batch_size, arguments.eval_sequence_length
    evaluated: dict[str, Any] = {"whole": True, "characters_per_token": held_per_token}
    return Prepared(
        tokenizer,
        StreamDataset(
            ids,
            arguments.train_batch_size * arguments.world_size,
            arguments.sequence_length,
            starts=starts,
            characters_per_token=per_token,
        ),
        StreamDataset(held_out[: PART + 1], rows, length, starts=part, **evaluated),
        StreamDataset(held_out, rows, length, starts=held_starts, **evaluated),
        special_ids(tokenizer),
        facts={
            "training characters": sum(map(len, train["text"])),
            "validation characters": sum(map(len, validation["text"])),
            "characters per token": held_per_token,
            "vocabulary": len(tokenizer),
            **({} if starts is None else {"documents": len(starts)}),
        },
    )


def encode(
    tokenizer: PreTrainedTokenizerBase, texts: list[str], documents: bool
) -> tuple[Tensor, np.ndarray | None, float]:
    """Encode texts as one, or as documents apart.

    Returns:
        The ids (N,), where documents begin or None, and characters per token.
    """
    texts = list(texts)
    # One or two bytes a token are enough: the eight that a batch has would be most of the memory.
    dtype = token_dtype(len(tokenizer))
    if documents:
        found: tuple[Tensor, np.ndarray | None] = encode_documents(tokenizer, texts, dtype)
    else:
        found = encode_text(tokenizer, "".join(texts), dtype), None
    return *found, sum(map(len, texts)) / max(1, len(found[0]))


def sequence_classification(settings: Settings, train: datasets.Dataset, validation: datasets.Dataset) -> Prepared:
    """Tokenise texts and number their labels."""
    labels = LabelSet.learn(train["label"])  # first: what is wrong with them is told before what a tokenizer lacks
    tokenizer = train_tokenizer(settings, train["text"])
    read = {"vocabulary": len(tokenizer)}
    return classified(TextInputs(tokenizer), labels, special_ids(tokenizer), read, train, validation)


def token_classification(settings: Settings, train: datasets.Dataset, validation: datasets.Dataset) -> Prepared:
    """Bring tags into one scheme, tokenise sentences of words and give each word's label to its first token."""
    train, scheme, notes = settled(train, settings.tag_scheme, "training")
    validation, _, more = settled(validation, scheme, "validation")
    train, left_out = with_words(train)
    labels = LabelSet.learn_tags(train["labels"])
    tokenizer = train_tokenizer(settings, train["tokens"])
    encoded = [encode_words(part, tokenizer, labels.label2id) for part in (train, validation)]
    fields = {**special_ids(tokenizer), "id2label": labels.id2label, "label2id": labels.label2id}
    return Prepared(
        tokenizer,
        encoded[0],
        encoded[1],
        encoded[1],
        fields,
        DataCollatorForTokenClassification(tokenizer),
        metrics.Tagging(list(labels.names)),
        row_facts(train, validation, labels, {"vocabulary": len(tokenizer)}),
        validation,
        [*notes, *more, *left_out],
    )


def settled(data: datasets.Dataset, wanted: str | None, name: str) -> tuple[datasets.Dataset, str | None, list[str]]:
    """Bring the tags of a part of the data into one scheme.

    Returns:
        The data, the scheme for other parts of it, and what there is to tell.
    """
    part = settle_tags(data["labels"], wanted)
    notes = []
    if part.scheme != part.found:
        notes.append(f"{name} tags were {part.found}, and are {part.scheme} now")
    if part.illegal:
        left = "left as they are" if wanted == RAW else "mended as conlleval reads them"
        notes.append(f"{part.illegal:,} {name} tags are not legal in {part.found}: {left}")
    changed = part.sentences != data["labels"][:]
    data = data.remove_columns("labels").add_column("labels", part.sentences) if changed else data
    # Other parts follow the first: a small one may hold no span that tells its scheme.
    return data, wanted if wanted == RAW or part.scheme is None else part.scheme, notes


def with_words(data: datasets.Dataset) -> tuple[datasets.Dataset, list[str]]:
    """Leave sentences without a word out of a training, and tell how many: there is nothing to learn from them."""
    kept = [index for index, words in enumerate(data["tokens"]) if words]
    if len(kept) == len(data):
        return data, []
    return data.select(kept), [f"{len(data) - len(kept):,} training sentences have no word, and are left out"]


TASKS: dict[str, Callable[..., Prepared]] = {
    "causal-lm": causal_lm,
    "sequence-classification": sequence_classification,
    "series-classification": series_classification,
    "token-classification": token_classification,
    "seq2seq": seq2seq,
}
