"""What a model reads: text by way of its tokenizer, or series of vectors as they are.

All that trains, judges or asks a model has one of the two, and asks it for the rest.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from torch import Tensor
from transformers import DataCollatorForSeq2Seq, DataCollatorForTokenClassification, DataCollatorWithPadding

from seqkit.data.collators import FeatureCollator, TargetCollator
from seqkit.data.padding import pad_rows
from seqkit.data.readers.series import SeriesCheck
from seqkit.errors import DataError


class Inputs(Protocol):
    """Makes a model's input of rows."""

    tokenizer: Any
    """What makes ids of text; None where none is needed."""
    column: str
    """The column of a data set that is read, as `read_dataset` calls it."""
    measure: str
    """The column of the model's input whose entries are counted as a row's length."""
    collator: Any
    """Makes a batch of rows of the model's input, labels among them."""

    def encode(self, rows: Sequence[Any]) -> Mapping[str, Any]:
        """Make columns of the model's input of rows, each of its own length."""
        ...

    def pad(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, Tensor]:
        """Make one batch of such columns; padding never changes what a model makes of a row."""
        ...


class TextInputs:
    """Texts, or sentences of words, as token ids.

    Args:
        tokenizer: a transformers tokenizer; for words a fast one.
        words: whether rows are lists of words. Default False.

    Example:
        >>> from seqkit import CharTokenizer
        >>> TextInputs(CharTokenizer.train("abc")).pad({"input_ids": [[1], [1, 2]]})["input_ids"].shape
        torch.Size([2, 2])
    """

    measure = "input_ids"

    def __init__(self, tokenizer: Any, words: bool = False) -> None:
        self.tokenizer, self.words = tokenizer, words
        self.column = "tokens" if words else "text"
        self.collator = (DataCollatorForTokenClassification if words else DataCollatorWithPadding)(tokenizer)

    def encode(self, rows: Sequence[Any]) -> Mapping[str, Any]:
        """Tokenize rows; nothing is cut off."""
        return self.tokenizer(
            list(rows), is_split_into_words=self.words, padding=False, truncation=False, verbose=False,
            return_attention_mask=True,
        )  # fmt: skip

    def pad(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, Tensor]:
        """Pad tokenized rows, on the tokenizer's side."""
        return pad_rows(columns, self.tokenizer)


class SourceInputs(TextInputs):
    """Texts that an encoder-decoder reads, without their characters: it has no use for them.

    Args:
        tokenizer: the source's.

    Example:
        >>> from seqkit import CharTokenizer
        >>> sorted(SourceInputs(CharTokenizer.train("abc")).encode(["ab"]))
        ['attention_mask', 'input_ids']
    """

    def __init__(self, tokenizer: Any) -> None:
        super().__init__(tokenizer)
        self.column, self.collator = "source", DataCollatorForSeq2Seq(tokenizer)

    def encode(self, rows: Sequence[Any]) -> Mapping[str, Any]:
        """Tokenize rows; nothing is cut off."""
        found = super().encode(rows)
        return {name: found[name] for name in ("input_ids", "attention_mask")}


class VectorInputs:
    """Series of float vectors.

    Args:
        width: numbers of a step N.
        targets: whether what is learnt of a row is a text, and not a label. Default False.

    Example:
        >>> inputs = VectorInputs(2)
        >>> batch = inputs.pad(inputs.encode([[[0.1, 0.2]], [[0.3, 0.4], [0.5, 0.6]]]))
        >>> batch["input_features"].shape, batch["attention_mask"].tolist()
        (torch.Size([2, 2, 2]), [[1, 0], [1, 1]])
    """

    column = measure = "input_features"
    tokenizer = None

    def __init__(self, width: int, targets: bool = False) -> None:
        self.width, self.collator = width, TargetCollator() if targets else FeatureCollator()

    def encode(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Check rows, and make arrays (T, N) of them.

        Raises:
            DataError: if one is no series of finite numbers, N in each step.
        """
        check = SeriesCheck(self.width)
        return {self.column: [check(row, f"row {place}") for place, row in enumerate(rows, start=1)]}

    def pad(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, Tensor]:
        """Pad series with zeros, on the right."""
        return self.collator([{self.column: series} for series in columns[self.column]])


def inputs_of(model: Any, tokenizer: Any = None) -> Inputs:
    """Return what a trained classifier, tagger or encoder-decoder reads.

    Args:
        model: the model.
        tokenizer: its tokenizer, the source's if it has two; None for one that reads vectors.

    Raises:
        DataError: if a model that reads text has none, or a tagger reads vectors.
    """
    tags, width = model.auto_class_name == "AutoModelForTokenClassification", model.config.num_features
    if width and tags:
        raise DataError("the model labels the steps of vectors, which nothing here reads: call the model itself")
    writes = model.auto_class_name == "AutoModelForSeq2SeqLM"
    if width:
        return VectorInputs(width, targets=writes)
    if tokenizer is None:
        raise DataError("the model reads text: it needs its tokenizer")
    return SourceInputs(tokenizer) if writes else TextInputs(tokenizer, tags)
