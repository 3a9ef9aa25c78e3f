"""A long text as parallel streams, for back-propagation that is truncated in time but not in memory.

The text is cut into B streams that are read side by side, T tokens at a time:

    text      a b c d e f g h i j k l m          B = 2, T = 3
    stream 0  a b c | d e f |                    batch 0: rows (a b c), (g h i)
    stream 1  g h i | j k l |                    batch 1: rows (d e f), (j k l); m is only predicted

Row b of each batch goes on where row b of the batch before it ended, so a trainer that carries the state from batch
to batch reads every stream as one text.
"""

import copy
from collections.abc import Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from seqkit.data.documents import Borders
from seqkit.data.segments import Segments
from seqkit.errors import DataError

IGNORED = -100


class Streams:
    """What every text laid out in streams has; a trainer carries the state on data of this kind.

    Attributes:
        batch_size: streams B; each batch holds one segment of each.
        sequence_length: tokens T of a segment, over which gradients flow.
        characters_per_token: what turns nats per token into bits per character, if it is known.
    """

    batch_size: int
    sequence_length: int
    characters_per_token: float | None

    def with_random_lengths(self, seed: int) -> Self:
        """Return the same text, cut into segments of random lengths around T that follow from a seed."""
        raise NotImplementedError


class StreamDataset(Streams, Dataset[dict[str, Tensor]]):
    """Segments of B parallel streams, in the order in which a sequential sampler with batches of B must take them.

    Item n is segment n // B of stream n % B: `input_ids` (T,) and `shift_labels` (T,), the ids that follow. Labels are
    shifted here and not in the model, which would lose the target of each segment's last place. Where documents are
    told apart, `reset_mask` (T,) is true where one begins, and its first token is no target: what was read of the
    document before must not predict it.

    With several processes, B is the batch size of all of them together: accelerate gives batch k to rank k modulo the
    number of ranks, so each rank then keeps streams of its own.

    Args:
        ids: the text as token ids (N,): a tensor, an array or a `numpy.memmap` of any integer type, never copied whole.
        batch_size: streams B; each batch holds one segment of each.
        sequence_length: tokens T of a segment, over which gradients flow.
        whole: whether every id but the first is predicted exactly once, with id 0 and label -100 where the last
            segments are short, as an evaluation must; else the tail that fills no segment of all streams, less than
            B * T ids, is left out.
        end_id: the id that ends each document; None is one document.
        starts: in place of `end_id`, the places in `ids` at which documents begin, in rising order.
        characters_per_token: characters of the text / N, for bits per character in an evaluation; None if unknown.

    Raises:
        DataError: if the text is shorter than one batch of segments (`whole`: than two ids), a size is below 1, or
            `starts` are no places in rising order.

    Source:
        Zaremba et al., "Recurrent neural network regularization", 2014 (section 4.1, successive minibatches).

    Example:
        >>> [item["input_ids"].tolist() for item in StreamDataset(torch.arange(9), batch_size=2, sequence_length=2)]
        [[0, 1], [4, 5], [2, 3], [6, 7]]
    """

    def __init__(
        self,
        ids: Tensor | np.ndarray,
        batch_size: int,
        sequence_length: int,
        whole: bool = False,
        *,
        end_id: int | None = None,
        starts: Sequence[int] | np.ndarray | Tensor | None = None,
        characters_per_token: float | None = None,
    ) -> None:
        _check_sizes(ids, batch_size, sequence_length, whole)
        self.ids, self.batch_size, self.sequence_length, self.whole = ids, batch_size, sequence_length, whole
        self.characters_per_token = characters_per_token
        self.borders = Borders.of(ids, end_id, starts)
        self._lay_out(None)

    def _lay_out(self, seed: int | None) -> None:
        """Divide the text into streams and those into segments, of random lengths if there is a seed."""
        targets, length = len(self.ids) - 1, self.sequence_length
        if self.whole:
            self.stream_length = -(-targets // self.batch_size)
            self._segments = Segments(-(-self.stream_length // length) * length, length)
        else:
            self._segments = Segments(targets // self.batch_size, length, seed)
            self.stream_length = self._segments.covered

    def with_random_lengths(self, seed: int) -> Self:
        """Return the same text, cut into segments of random lengths around T (`seqkit.data.segments`).

        The item n of an epoch is asked for as `data[epoch, n]`: the borders move with each epoch.

        Args:
            seed: what the lengths follow from.

        Raises:
            DataError: if the data is `whole`.
        """
        if self.whole:
            raise DataError(
                "a text that is evaluated whole has segments of one length; train on one without whole=True"
            )
        other = copy.copy(self)
        other._lay_out(seed)
        return other

    @property
    def segments(self) -> int:
        """How many segments each stream has."""
        return self._segments.count

    @property
    def num_targets(self) -> int:
        """How many ids are predicted in one pass; that of each document's first token is none."""
        covered = len(self.ids) - 1 if self.whole else self.stream_length * self.batch_size
        return covered - (self.borders.count(covered) if self.borders else 0)

    @property
    def num_dropped(self) -> int:
        """How many ids at the end of the text are never read: 0 if `whole`, else less than B * T."""
        return 0 if self.whole else len(self.ids) - 1 - self.stream_length * self.batch_size

    def __len__(self) -> int:
        return self.segments * self.batch_size

    def __getitem__(self, index: int | tuple[int, int]) -> dict[str, Tensor]:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int | tuple[int, int]]) -> list[dict[str, Tensor]]:
        """Give several items of one epoch by one look into the text: torch's `DataLoader` asks for a batch so."""
        epoch = next((index[0] for index in indices if isinstance(index, tuple)), 0)
        items = [index[1] if isinstance(index, tuple) else index for index in indices]
        if min(items) < 0 or max(items) >= len(self):  # Not a formality: a for loop over a data set ends by it.
            wrong = next(item for item in items if not 0 <= item < len(self))
            raise IndexError(f"item {wrong} of {len(self)} segments")
        # Between two steps of a training nothing here is in a cache: every operation counts.
        segment, stream = np.divmod(np.array(items), self.batch_size)
        begin, lengths = self._segments.spans(epoch, segment)
        start = stream * self.stream_length + begin
        places = start[:, None] + np.arange(lengths.max() + 1)  # (B, T + 1): the last place is only a target
        rows = self._read(places, (stream + 1) * self.stream_length)
        return [{name: row[i, :length] for name, row in rows.items()} for i, length in enumerate(lengths.tolist())]

    def _read(self, places: np.ndarray, ends: np.ndarray) -> dict[str, Tensor]:
        """Read inputs and labels (B, T) at places (B, T + 1) of streams that end before `ends` (B,)."""
        last = len(self.ids) - 1
        within = np.minimum(places, last)
        ids = take(self.ids, within)
        inputs, labels = ids[:, :-1], ids[:, 1:]
        if self.whole:
            # A stream ends where the next one begins; the last ones may end early or hold nothing.
            real = torch.from_numpy(places[:, :-1] < np.minimum(ends, last)[:, None])
            inputs, labels = inputs.where(real, 0), labels.where(real, IGNORED)
        rows = {"input_ids": inputs, "shift_labels": labels}
        if self.borders is not None:
            begins = torch.from_numpy(self.borders.at(within))
            rows |= {"shift_labels": labels.masked_fill(begins[:, 1:], IGNORED), "reset_mask": begins[:, :-1]}
        return rows


def take(ids: Tensor | np.ndarray, places: np.ndarray) -> Tensor:
    """Copy ids out of a text as int64; `places` has the shape of the result."""
    # numpy looks up faster than torch does, and reads of a file only what it needs.
    ids = ids.numpy() if isinstance(ids, Tensor) else ids
    return torch.from_numpy(np.asarray(ids[places], dtype=np.int64))


def exact_streams(ids: Tensor | np.ndarray, batch_size: int, sequence_length: int) -> StreamDataset:
    """Lay a text out for evaluation: every id but the first is predicted exactly once.

    The loss of the text is the sum over all labels that are not -100, divided by `num_targets`. A mean of batch means
    is not it, since the last batches hold fewer labels. Each stream but the first begins in the midst of the text with
    a fresh state: with one stream, the whole text is read with one state.

    Args:
        ids: the text as token ids (N,).
        batch_size: streams B.
        sequence_length: tokens T of a segment.

    Raises:
        DataError: if there are fewer than two ids.

    Example:
        >>> [item["shift_labels"].tolist() for item in exact_streams(torch.arange(6), 2, 2)]
        [[1, 2], [4, 5], [3, -100], [-100, -100]]
    """
    return StreamDataset(ids, batch_size, sequence_length, whole=True)


def check_positive(**sizes: int) -> None:
    """Refuse sizes below 1, by name."""
    for name, size in sizes.items():
        if size < 1:
            raise DataError(f"{name} ({size}) must be at least 1")


def _check_sizes(ids: Tensor | np.ndarray, batch_size: int, sequence_length: int, whole: bool) -> None:
    check_positive(batch_size=batch_size, sequence_length=sequence_length)
    if ids.ndim != 1:
        raise DataError(f"streams are cut from ids of shape (N,), not {tuple(ids.shape)}: join the rows first")
    check_enough(len(ids), batch_size, sequence_length, whole)


def check_enough(tokens: int, batch_size: int, sequence_length: int, whole: bool) -> None:
    """Refuse a text that is shorter than one batch of segments (`whole`: than one token and its target)."""
    needed = 2 if whole else batch_size * sequence_length + 1
    if tokens < needed:
        batch = "one token to predict" if whole else f"one batch of {batch_size} streams of {sequence_length} + 1"
        raise DataError(
            f"the text has {tokens} tokens, less than {batch}, which needs {needed}: give more text"
            + ("" if whole else ", or lower per_device_train_batch_size or sequence_length")
        )
