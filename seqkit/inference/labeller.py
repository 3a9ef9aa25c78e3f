"""Labels for any number of texts or series, or for words of sentences: in order, and in memory that does not grow."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from seqkit.data.inputs import inputs_of
from seqkit.data.schemes import scheme_of
from seqkit.errors import DataError
from seqkit.inference.blocks import check_lengths, size
from seqkit.inference.decisions import decide
from seqkit.inference.long import can_read_blocks, score_blocks, tag_blocks
from seqkit.inference.tags import name_tags, of_words

WINDOW = 4096
"""Rows that are sorted by length at once."""

WINDOW_CHARACTERS = 4_000_000
"""Characters that end a window early."""

BATCH_TOKENS = 65_536
"""Tokens, padding included, that are read at once at most, so that long rows come in smaller batches."""

Row = str | Sequence[str] | Sequence[Sequence[float]]


class Labeller:
    """A trained classifier or tagger that takes rows and gives answers, one for each, in order.

    Rows are taken a window at a time, sorted by length in it, and read in batches that hold little padding. A row
    longer than `max_length` is read in blocks of that length: with the state carried on, exactly, if the network reads
    forwards; in windows with `overlap` tokens of context on each side if it reads in both directions. A head that
    decides of sequences (`crf`) gives the best sequence of the whole row in either case.

    Args:
        model: a classifier or tagger, on any device; it is put into evaluation mode.
        tokenizer: its tokenizer; None for a classifier that reads vectors (`num_features`).
        batch_size: rows that are read at once. Default 32.
        max_length: tokens that are read at once of one row. Default 4096.
        overlap: tokens of context on each side of a window. Default 256.

    Raises:
        ConfigError: if a window would be mostly context.
        DataError: if the model neither classifies nor tags, or lacks its tokenizer.

    Example:
        >>> from seqkit import RNNConfig, RNNForSequenceClassification, WordTokenizer
        >>> tokenizer = WordTokenizer.train(["a good day", "a bad day"])
        >>> model = RNNForSequenceClassification(RNNConfig(vocab_size=len(tokenizer), hidden_size=4, num_labels=3))
        >>> [sorted(answer) for answer in Labeller(model, tokenizer)(["a good day", ""])]
        [['label', 'score'], ['label', 'score']]
    """

    def __init__(
        self, model: Any, tokenizer: Any = None, batch_size: int = 32, max_length: int = 4096, overlap: int = 256
    ) -> None:
        check_lengths(max_length, overlap)
        if model.auto_class_name not in ("AutoModelForSequenceClassification", "AutoModelForTokenClassification"):
            raise DataError(f"a {type(model).__name__} gives no labels; expected a classifier or a tagger")
        self.model, self.tokenizer = model.eval(), tokenizer
        self.batch_size, self.max_length, self.overlap = batch_size, max_length, overlap
        self.tags = model.auto_class_name == "AutoModelForTokenClassification"
        self.inputs = inputs_of(model, tokenizer)
        self.column = self.inputs.column
        self.scheme = scheme_of([list(model.config.id2label.values())]) if self.tags else None

    def __call__(self, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Answer rows.

        Args:
            rows: texts, or series (T, N) of vectors, for a classifier, lists of words for a tagger; any number, in
                memory or not.

        Returns:
            For each row, in order: `{"labels": […]}` with the label of each word, in BIO if the model writes IOBES
            (None for a word that the tokenizer gives no token for, or O); or what `decide` says of the row.
        """
        for window in windows(rows):
            yield from self.answer(window)

    def answer(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Answer one window of rows, all of which are in memory."""
        if self.tags:
            return [{"labels": list(self.named(tags))} for tags in self.word_tags(rows)]
        return [decide(scores, self.model.config) for scores in self.scores(rows)]

    def named(self, tags: Iterable[int | None]) -> Iterator[str | None]:
        """Give the tags of words their names."""
        return name_tags(tags, self.model.config.id2label, self.scheme)

    @torch.inference_mode()
    def scores(self, rows: Sequence[Row]) -> Tensor:
        """Return a classifier's scores (N, labels) of rows, uncalibrated, on the CPU."""
        found: list[Any] = [None] * len(rows)
        for indices, batch, _ in self._batches(rows):
            if len(indices) == 1 and self._is_long(batch):
                piece = self._piece(batch)
                found[indices[0]] = score_blocks(self.model, [piece], self.max_length, self.overlap).float().cpu()
                continue
            for index, scores in zip(indices, self.model(**batch).logits.float().cpu(), strict=True):
                found[index] = scores
        return torch.stack(found) if found else torch.zeros(0, self.model.config.num_labels)

    @torch.inference_mode()
    def word_tags(self, rows: Sequence[Any]) -> list[list[int | None]]:
        """Return a tagger's tag for each word of sentences, None where the tokenizer gives no token."""
        found: list[Any] = [None] * len(rows)
        for indices, batch, encoded in self._batches(rows):
            if len(indices) == 1 and self._is_long(batch):
                blocks = tag_blocks(self.model, [self._piece(batch)], self.max_length, self.overlap)
                tags = [[tag for block in blocks for tag in block]]
            else:
                best, real = self.model(**batch).logits.argmax(-1).cpu(), batch["attention_mask"].bool().cpu()
                tags = [row[places].tolist() for row, places in zip(best, real, strict=True)]
            for index, row_tags in zip(indices, tags, strict=True):
                found[index] = of_words(row_tags, encoded.word_ids(index), len(rows[index]))
        return found

    def _is_long(self, batch: dict[str, Tensor]) -> bool:
        return size(batch) > self.max_length and can_read_blocks(self.model)

    def _piece(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Take the mask off a row that stands alone: all of it is real."""
        return {name: tensor for name, tensor in batch.items() if name != "attention_mask"}

    def _batches(self, rows: Sequence[Any]) -> Iterator[tuple[list[int], dict[str, Tensor], Any]]:
        """Encode rows, and give batches of similar length: their rows, the model's input, and all encodings."""
        if not rows:
            return
        encoded = self.inputs.encode(rows)
        lengths = [len(steps) for steps in encoded[self.inputs.measure]]
        waiting = deque(sorted(range(len(rows)), key=lengths.__getitem__))
        while waiting:
            indices: list[int] = []
            while waiting and self._fits(len(indices), lengths[waiting[0]]):
                indices.append(waiting.popleft())
            columns = {name: [column[i] for i in indices] for name, column in encoded.items()}
            batch = self.inputs.pad(columns)
            yield indices, {name: tensor.to(self.model.device) for name, tensor in batch.items()}, encoded

    def _fits(self, count: int, length: int) -> bool:
        """Tell whether one more row, no shorter than the others, goes into a batch; a long one is a batch by itself."""
        if not count:
            return True
        return length <= self.max_length and count < self.batch_size and (count + 1) * length <= BATCH_TOKENS


def windows(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Cut rows into windows, whose borders follow from the rows alone.

    Example:
        >>> [len(window) for window in windows(str(n) for n in range(5000))]
        [4096, 904]
    """
    rows = iter(rows)
    while window := list(islice(_until_full(rows), WINDOW)):
        yield window


def _until_full(rows: Iterator[Row]) -> Iterator[Row]:
    characters = 0
    for row in rows:
        yield row
        characters += len(row) if isinstance(row, str) else sum(map(len, row))
        if characters > WINDOW_CHARACTERS:
            return
