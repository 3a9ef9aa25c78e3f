"""A long text as parallel streams, for back-propagation that is truncated in time but not in memory.

The text is cut into B streams that are read side by side, T tokens at a time:

    text      a b c d e f g h i j k l m          B = 2, T = 3
    stream 0  a b c | d e f |                    batch 0: rows (a b c), (g h i)
    stream 1  g h i | j k l |                    batch 1: rows (d e f), (j k l); m is only predicted

Row b of each batch goes on where row b of the batch before it ended, so a trainer that carries the state from batch
to batch reads every stream as one text.
"""

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from seqkit.errors import DataError

IGNORED = -100


class StreamDataset(Dataset[dict[str, Tensor]]):
    """Segments of B parallel streams, in the order in which a sequential sampler with batches of B must take them.

    Item n is segment n // B of stream n % B: `input_ids` (T,) and `shift_labels` (T,), the ids that follow. Labels are
    shifted here and not in the model, which would lose the target of each segment's last place.

    With several processes, B is the batch size of all of them together: accelerate gives batch k to rank k modulo the
    number of ranks, so each rank then keeps streams of its own.

    Args:
        ids: the text as token ids (N,): a tensor, an array or a `numpy.memmap` of any integer type, never copied whole.
        batch_size: streams B; each batch holds one segment of each.
        sequence_length: tokens T of a segment, over which gradients flow.
        whole: whether every id but the first is predicted exactly once, with id 0 and label -100 where the last
            segments are short, as an evaluation must; else the tail that fills no segment of all streams, less than
            B * T ids, is left out.

    Raises:
        DataError: if the text is shorter than one batch of segments (`whole`: than two ids), or a size is below 1.

    Source:
        Zaremba et al., "Recurrent neural network regularization", 2014 (section 4.1, successive minibatches).

    Example:
        >>> [item["input_ids"].tolist() for item in StreamDataset(torch.arange(9), batch_size=2, sequence_length=2)]
        [[0, 1], [4, 5], [2, 3], [6, 7]]
    """

    def __init__(self, ids: Tensor | np.ndarray, batch_size: int, sequence_length: int, whole: bool = False) -> None:
        _check_sizes(ids, batch_size, sequence_length, whole)
        self.ids, self.batch_size, self.sequence_length, self.whole = ids, batch_size, sequence_length, whole
        targets = len(ids) - 1
        if whole:
            self.stream_length = -(-targets // batch_size)
            self.segments = -(-self.stream_length // sequence_length)
        else:
            self.segments = targets // (batch_size * sequence_length)
            self.stream_length = self.segments * sequence_length

    @property
    def num_targets(self) -> int:
        """How many ids are predicted in one pass."""
        return len(self.ids) - 1 if self.whole else self.stream_length * self.batch_size

    @property
    def num_dropped(self) -> int:
        """How many ids at the end of the text are never predicted: 0 if `whole`, else less than B * T."""
        return len(self.ids) - 1 - self.num_targets

    def __len__(self) -> int:
        return self.segments * self.batch_size

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: list[int]) -> list[dict[str, Tensor]]:
        """Give several items by one look into the text: torch's `DataLoader` asks for a batch so."""
        if min(indices) < 0 or max(indices) >= len(self):  # Not a formality: a for loop over a data set ends by it.
            wrong = next(index for index in indices if not 0 <= index < len(self))
            raise IndexError(f"item {wrong} of {len(self)} segments")
        # Between two steps of a training nothing here is in a cache: every operation counts.
        segment, stream = np.divmod(np.array(indices), self.batch_size)
        start = stream * self.stream_length + segment * self.sequence_length
        places = start[:, None] + np.arange(self.sequence_length + 1)  # (B, T + 1): the last place is only a target
        inputs, labels = self._within(places, stream) if self.whole else self._pairs(self._at(places))
        rows = zip(inputs.unbind(), labels.unbind(), strict=True)
        return [{"input_ids": row, "shift_labels": label} for row, label in rows]

    @staticmethod
    def _pairs(ids: Tensor) -> tuple[Tensor, Tensor]:
        return ids[:, :-1], ids[:, 1:]

    def _within(self, places: np.ndarray, stream: np.ndarray) -> tuple[Tensor, Tensor]:
        """Look up inputs and labels (B, T) of streams that may end early or hold nothing, as the last ones do."""
        last = len(self.ids) - 1
        # A stream ends where the next one begins.
        real = torch.from_numpy(places[:, :-1] < np.minimum((stream + 1) * self.stream_length, last)[:, None])
        inputs, labels = self._pairs(self._at(np.minimum(places, last)))
        return inputs.where(real, 0), labels.where(real, IGNORED)

    def _at(self, places: np.ndarray) -> Tensor:
        """Copy ids out of the text as int64; `places` has the shape of the result."""
        ids = self.ids.numpy() if isinstance(self.ids, Tensor) else self.ids
        # numpy looks up faster than torch does, and reads of a file only what it needs.
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


def _check_sizes(ids: Tensor | np.ndarray, batch_size: int, sequence_length: int, whole: bool) -> None:
    for name, size in (("batch_size", batch_size), ("sequence_length", sequence_length)):
        if size < 1:
            raise DataError(f"{name} ({size}) must be at least 1")
    if ids.ndim != 1:
        raise DataError(f"streams are cut from ids of shape (N,), not {tuple(ids.shape)}: join the rows first")
    needed = 2 if whole else batch_size * sequence_length + 1
    if len(ids) < needed:
        batch = "one token to predict" if whole else f"one batch of {batch_size} streams of {sequence_length} + 1"
        raise DataError(
            f"the text has {len(ids)} tokens, less than {batch}, which needs {needed}: give more text"
            + ("" if whole else ", or lower per_device_train_batch_size or sequence_length")
        )
