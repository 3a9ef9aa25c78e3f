"""Text larger than memory as parallel streams, read once from front to back.

Nobody knows yet how long the text is, so no stream can be given its B-th part. Documents are dealt out instead: a
stream that has come to an end takes the next run of documents, as many as make up `run_length` characters or tokens.

    source    [a b c d e] [f g h] [i j] [k l m] …     B = 2, T = 3, runs of one document
    stream 0  a b c | d e k | l m …                   batch 0: rows (a b c), (f g h)
    stream 1  f g h | i j …                           c is followed by d, e by nothing: k begins anew

Within a run the text is contiguous; at its beginning the state is set back. At no time is more held in memory than one
run and one segment for each stream.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from seqkit.data.documents import encode_documents
from seqkit.data.segments import random_lengths
from seqkit.data.streams import IGNORED, Streams, check_enough, check_positive
from seqkit.errors import DataError


class Run(NamedTuple):
    """Some documents, one behind the other.

    Args:
        number: which reading of the source, and the how-manieth run of it.
        ids: their tokens, (N,).
        begins: whether the state is set back before each, (N,).
    """

    number: tuple[int, int]
    ids: np.ndarray
    begins: np.ndarray


class DocumentStreams(Streams, IterableDataset[dict[str, Tensor]]):
    """B parallel streams of documents that are read and tokenised as they are needed.

    Items come as a `StreamDataset` gives them, segment by segment and in each from stream 0 to B - 1: `input_ids`
    (T,), `shift_labels` (T,) and `reset_mask` (T,), true where the state is set back. Nothing before such a place
    predicts what stands there.

    A training names its `max_steps`; where the source ends, it is read again from its beginning (after `set_epoch`, if
    it has one, as a shuffled `datasets.IterableDataset` does). With several processes one of them reads and sends each
    its streams. A training that is resumed reads up to where it was, and goes on with the same batches.

    Args:
        source: texts, rows with a text, or lists of ids: a streamed `datasets` data set, or anything that can be
            iterated again and again. A generator cannot.
        batch_size: streams B, those of all processes together.
        sequence_length: tokens T of a segment, over which gradients flow.
        tokenizer: turns texts into ids, without special tokens around them; None if the source gives ids.
        text_column: name of a row's text, or of its ids. Default `"text"`.
        separator: what is written behind each text, such as the newline that a reader of lines took away.
        documents: whether each row is a document of its own, at which the state is set back; else a run is one.
        run_length: characters (or ids, where the source gives those) that a stream takes at a time, or more, up to the
            end of a row. Longer runs break the text in fewer places and take more memory. Default 65,536.
        whole: read the source once, and fill up with id 0 and label -100 until every stream is at its end, as an
            evaluation must.

    Raises:
        DataError: if a size is below 1, or the source can be read only once. When it is read: if it holds less than
            one batch of segments, a row has no such column, or several worker processes would each read all of it.

    Example:
        >>> data = DocumentStreams([[1, 2, 3], [4, 5], [6, 7]], 2, 2, run_length=2, whole=True)
        >>> [row["input_ids"].tolist() for row in data]
        [[1, 2], [4, 5], [3, 0], [6, 7]]
    """

    def __init__(
        self,
        source: Iterable[Any],
        batch_size: int,
        sequence_length: int,
        tokenizer: Any = None,
        *,
        text_column: str = "text",
        separator: str = "",
        documents: bool = False,
        run_length: int = 1 << 16,
        whole: bool = False,
    ) -> None:
        check_positive(batch_size=batch_size, sequence_length=sequence_length, run_length=run_length)
        if isinstance(source, Iterator):
            raise DataError(
                f"the source is a {type(source).__name__}, which can be read only once, but a resumed training reads "
                "it anew. Give a data set, a list, or an object whose __iter__ begins anew."
            )
        self.source, self.batch_size, self.sequence_length, self.tokenizer = (
            source,
            batch_size,
            sequence_length,
            tokenizer,
        )
        self.text_column, self.separator, self.documents = text_column, separator, documents
        self.run_length, self.whole = run_length, whole
        self._seed: int | None = None
        self._read = [0, 0]  # characters and tokens

    @property
    def characters_per_token(self) -> float | None:  # type: ignore[override]
        """Characters per token of all that has been read so far; None before, and where the source gives ids."""
        characters, tokens = self._read
        return characters / tokens if characters else None

    def with_random_lengths(self, seed: int) -> Self:
        """Return the same streams, cut into segments of random lengths around T (`seqkit.data.segments`).

        Args:
            seed: what the lengths follow from.
        """
        other = copy.copy(self)
        other._seed, other._read = seed, [0, 0]
        return other

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        worker = get_worker_info()
        if worker is not None and worker.num_workers > 1:
            raise DataError(
                f"{worker.num_workers} worker processes would each read the whole text. Set dataloader_num_workers to "
                "0 or 1."
            )
        runs = self._runs()
        streams = [_Stream(runs, joins=not self.documents) for _ in range(self.batch_size)]
        for number in count():
            length = self.sequence_length
            if self._seed is not None:
                length = int(random_lengths(1, length, (self._seed, number))[0])
            # All rows before the first is given away: a batch is whole or not there.
            rows = [stream.take(length) for stream in streams]
            targets = any((row["shift_labels"] != IGNORED).any() for row in rows)
            if not targets and all(stream.dry for stream in streams):
                return
            yield from rows

    def _runs(self) -> Iterator[Run]:
        """Give the runs of one reading after the other, or of one alone; the first must be enough, or none is."""
        for epoch in range(1) if self.whole else count():
            tokens = 0
            for number, rows in enumerate(self._rows(epoch)):
                run = self._encode((epoch, number), rows)
                tokens += len(run.ids)
                yield run
            check_enough(tokens, self.batch_size, self.sequence_length, self.whole)

    def _rows(self, epoch: int) -> Iterator[list[Any]]:
        """Gather the rows of the source into runs."""
        if hasattr(self.source, "set_epoch"):
            self.source.set_epoch(epoch)
        rows: list[Any] = []
        size = 0
        for number, row in enumerate(self.source):
            rows.append(self._content(row, number))
            size += len(rows[-1])
            if size >= self.run_length:
                yield rows
                rows, size = [], 0
        if size:
            yield rows

    def _content(self, row: Any, number: int) -> Any:
        """Return a row's text, or its ids."""
        if isinstance(row, Mapping):
            if self.text_column not in row:
                raise DataError(f"row {number} has no {self.text_column!r}; it has {', '.join(row)}. Set text_column.")
            row = row[self.text_column]
        if isinstance(row, str) != (self.tokenizer is not None):
            given = "a tokenizer, but no text" if self.tokenizer is not None else "text, but no tokenizer"
            raise DataError(f"row {number} is a {type(row).__name__}: there is {given}.")
        return row + self.separator if isinstance(row, str) else row

    def _encode(self, number: tuple[int, int], rows: list[Any]) -> Run:
        """Turn rows into ids, and tell where the state is set back."""
        if self.tokenizer is not None:
            texts = rows if self.documents else ["".join(rows)]
            encoded, starts = encode_documents(self.tokenizer, texts)
            ids = encoded.numpy()
            self._read[0] += sum(map(len, rows))
        else:
            lengths = np.array([len(row) for row in rows if len(row)])
            ids, starts = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows]), lengths.cumsum() - lengths
        self._read[1] += len(ids)
        begins = np.zeros(len(ids), dtype=bool)
        begins[starts if self.documents else starts[:1]] = True
        return Run(number, ids, begins)


class _Stream:
    """One stream: what it holds of its run, and where the next one comes from.

    Args:
        runs: the runs that all streams share.
        joins: whether a run that follows the one before in the text goes on with its state.
    """

    def __init__(self, runs: Iterator[Run], joins: bool) -> None:
        self.runs, self.joins, self.dry = runs, joins, False
        self.last = (-1, -1)
        self.ids, self.begins = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)

    def take(self, length: int) -> dict[str, Tensor]:
        """Take a segment; the token behind it is its last target, and the next segment's first token."""
        self.fill(length + 1)
        ids, begins = self.ids[: length + 1], self.begins[: length + 1]
        self.ids, self.begins = self.ids[length:], self.begins[length:]
        inputs, labels = np.zeros(length, dtype=np.int64), np.full(length, IGNORED)
        resets = np.zeros(length, dtype=bool)
        inputs[: len(ids)], resets[: len(ids)] = ids[:length], begins[:length]
        labels[: max(len(ids) - 1, 0)] = np.where(begins[1:], IGNORED, ids[1:])
        rows = {"input_ids": inputs, "shift_labels": labels, "reset_mask": resets}
        return {name: torch.from_numpy(row) for name, row in rows.items()}

    def fill(self, length: int) -> None:
        """Hold at least so many tokens, if there are as many."""
        while len(self.ids) < length and not self.dry:
            run = next(self.runs, None)
            if run is None:
                self.dry = True
                return
            if self.joins and run.number == (self.last[0], self.last[1] + 1):
                run.begins[:1] = False
            self.last = run.number
            self.ids, self.begins = np.concatenate([self.ids, run.ids]), np.concatenate([self.begins, run.begins])
