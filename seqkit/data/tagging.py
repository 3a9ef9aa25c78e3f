"""A batch straight from sentences of words: tokenized, labels aligned, padded, with nothing prepared before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from seqkit.data.alignment import align_labels
from seqkit.data.padding import pad_rows
from seqkit.errors import DataError


@dataclass
class TaggingCollator:
    """Make batches of sentences of words and their labels: tokenize, align, pad.

    Beside `TokenLabelAligner`, which does the first two once for a whole data set: this one keeps the data as words, so
    that it needs no copy of them, and a tokenizer may change between two trainings. It takes any fast tokenizer, and
    hands on every column that the tokenizer gives.

    Give the trainer `remove_unused_columns=False`: it would take the words for a column that no model wants.

    Args:
        tokenizer: a fast transformers tokenizer.
        label2id: the number of each label; None for sentences without labels.

    Example:
        >>> from seqkit import WordTokenizer
        >>> tokenizer = WordTokenizer.train(["a dog runs"], split="whitespace")
        >>> collator = TaggingCollator(tokenizer, {"D": 0, "N": 1, "V": 2})
        >>> rows = [{"tokens": ["a", "dog", "runs"], "labels": ["D", "N", "V"]}, {"tokens": ["dog"], "labels": ["N"]}]
        >>> collator(rows)["labels"].tolist()
        [[0, 1, 2], [1, -100, -100]]
    """

    tokenizer: Any
    label2id: Mapping[str, int] | None = None

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Make a batch.

        Args:
            rows: each with `tokens`, a list of words that may be empty, and, if there are labels, `labels`.

        Returns:
            What the tokenizer gives, (B, T) each, and, if there are labels, `labels` (B, T): the number of a word's
            label at its first token, -100 elsewhere.

        Raises:
            DataError: as in `align_labels`, or only some rows have labels, or labels were given without `label2id`.
        """
        batch = {"tokens": [row["tokens"] for row in rows]}
        labels = [row["labels"] for row in rows if row.get("labels") is not None]
        if labels:
            if len(labels) < len(rows):
                raise DataError(f"{len(labels)} of {len(rows)} rows of a batch have labels: give all rows theirs")
            if self.label2id is None:
                raise DataError("the rows have labels, and the collator no label2id: give it the model's")
            batch["labels"] = labels
        return pad_rows(align_labels(batch, self.tokenizer, self.label2id or {}), self.tokenizer)
