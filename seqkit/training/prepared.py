"""What a task makes of its data, for the trainer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import datasets
from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase


@dataclass
class Prepared:
    """Everything a trainer needs that follows from the data.

    Args:
        tokenizer: trained on the training part alone; an encoder-decoder's is that of the source. None for a model
            that reads vectors.
        train: the training set.
        validation: what evaluations during training look at.
        whole: all of the validation set.
        config: fields of `RNNConfig` that follow from the data.
        collator: makes batches; None is transformers' own.
        compute_metrics: figures of an evaluation; None is the loss alone.
        facts: sizes, for the screen and the card.
        rows: the validation rows as they were read, for a judgement label by label; None for a model that writes.
        notes: what there is to tell of the data, a sentence each.
        target_tokenizer: that of an encoder-decoder's target, where it has one of its own.
        generation: fields of the model's `generation_config`.
        sampler: makes of the model what is called for a text to show at each evaluation; None leaves it to the task.
    """

    tokenizer: PreTrainedTokenizerBase | None
    train: Dataset
    validation: Dataset
    whole: Dataset
    config: dict[str, Any]
    collator: Any = None
    compute_metrics: Callable | None = None
    facts: dict[str, int | float | str] = field(default_factory=dict)
    rows: datasets.Dataset | None = None
    notes: list[str] = field(default_factory=list)
    target_tokenizer: PreTrainedTokenizerBase | None = None
    generation: dict[str, Any] = field(default_factory=dict)
    sampler: Callable[[Any], Callable[[], str]] | None = None
