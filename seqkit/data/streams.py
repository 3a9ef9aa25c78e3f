"""A long text as parallel streams, for back-propagation that is truncated in time but not in memory.

Row b of each batch goes on where row b of the batch before it ended, so a trainer that carries the state from batch
to batch reads every stream as one text.
"""

from torch import Tensor
from torch.utils.data import Dataset

from seqkit.errors import DataError

IGNORED = -100


class StreamDataset(Dataset):
    """Segments of B parallel streams, in the order in which a sequential sampler with batches of B must take them.

    Item n is segment n // B of stream n % B: `input_ids` (T,) and `shift_labels` (T,), the ids that follow.

    Args:
        ids: the text as token ids (N,).
        batch_size: streams B; each batch holds one segment of each.
        sequence_length: tokens T of a segment, over which gradients flow.
        whole: whether every id but the first is predicted exactly once, with -100 where the last segments are short,
            as an evaluation must; else the tail that fills no segment of all streams is left out.

    Raises:
        DataError: if the text is shorter than one batch of segments.

    Example:
        >>> import torch
        >>> [item["input_ids"].tolist() for item in StreamDataset(torch.arange(9), batch_size=2, sequence_length=2)]
        [[0, 1], [4, 5], [2, 3], [6, 7]]
    """

    def __init__(self, ids: Tensor, batch_size: int, sequence_length: int, whole: bool = False) -> None:
        targets = len(ids) - 1
        if targets < (1 if whole else batch_size * sequence_length):
            raise DataError(
                f"the text has {len(ids)} tokens, less than one batch of {batch_size} streams of {sequence_length} + 1. "
                "Give more text, or lower per_device_train_batch_size or sequence_length."
            )
        self.ids, self.batch_size, self.sequence_length = ids, batch_size, sequence_length
        if whole:
            self.stream_length = -(-targets // batch_size)
            self.segments = -(-self.stream_length // sequence_length)
        else:
            self.segments = targets // batch_size // sequence_length
            self.stream_length = self.segments * sequence_length

    def __len__(self) -> int:
        return self.segments * self.batch_size

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        segment, stream = divmod(index, self.batch_size)
        start = min(stream * self.stream_length + segment * self.sequence_length, len(self.ids))
        end = max(start, min((stream + 1) * self.stream_length, start + self.sequence_length, len(self.ids) - 1))
        item = {"input_ids": self.ids.new_zeros(self.sequence_length)}
        item["shift_labels"] = self.ids.new_full((self.sequence_length,), IGNORED)
        item["input_ids"][: end - start] = self.ids[start:end]
        item["shift_labels"][: end - start] = self.ids[start + 1 : end + 1]
        return item
