"""Where the documents of a long text begin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqkit.data.characters import character_table
from seqkit.data.encoding import encode_text, id_pieces
from seqkit.errors import DataError


@dataclass(frozen=True)
class Borders:
    """Tells at which places of a text a new document begins; place 0, where the text begins, is none.

    Args:
        ids: the text, (N,).
        end_id: the id after which a document begins; None if `starts` tell.
        starts: places at which documents begin, rising.
    """

    ids: Tensor | np.ndarray
    end_id: int | None
    starts: np.ndarray

    @classmethod
    def of(
        cls, ids: Tensor | np.ndarray, end_id: int | None, starts: Sequence[int] | np.ndarray | Tensor | None
    ) -> "Borders | None":
        """Take the one that is given of an id and places, or None if neither is.

        Raises:
            DataError: if both are given, or the starts are no places in rising order.
        """
        if end_id is None and starts is None:
            return None
        if end_id is not None and starts is not None:
            raise DataError("end_id and starts both tell where documents begin: give one of them")
        places = np.asarray([] if starts is None else starts, dtype=np.int64)
        if len(places) and (places[0] < 0 or places[-1] >= len(ids) or (np.diff(places) <= 0).any()):
            raise DataError(
                f"starts must be places of the text, rising from 0 to {len(ids) - 1}: two are equal, not in order or "
                f"outside (the first is {places[0]}, the last {places[-1]})"
            )
        return cls(ids, end_id, places)

    def at(self, places: np.ndarray) -> np.ndarray:
        """Tell for each of `places`, in any shape, whether a document begins there."""
        if self.end_id is not None:
            before = np.maximum(places - 1, 0)
            found = self.ids[torch.from_numpy(before)].numpy() if isinstance(self.ids, Tensor) else self.ids[before]
            return np.asarray((found == self.end_id) & (places > 0))
        if not len(self.starts):
            return np.zeros(places.shape, dtype=bool)
        nearest = np.minimum(np.searchsorted(self.starts, places), len(self.starts) - 1)
        return np.asarray((self.starts[nearest] == places) & (places > 0))

    def count(self, last: int) -> int:
        """Count the documents that begin at the places 1 to `last`."""
        if self.end_id is not None:
            return int((self.ids[:last] == self.end_id).sum())
        return int(((self.starts > 0) & (self.starts <= last)).sum())


def encode_documents(
    tokenizer: Any, texts: Sequence[str], dtype: torch.dtype = torch.long
) -> tuple[Tensor, np.ndarray]:
    """Encode documents one by one, so that no token reaches across a border.

    Args:
        tokenizer: any transformers tokenizer.
        texts: the documents; those without a token are left out.
        dtype: of the ids, as in `encode_text`.

    Returns:
        The ids of all of them, (N,), and the places at which they begin, for `StreamDataset(starts=...)`.

    Example:
        >>> from seqkit import CharTokenizer
        >>> ids, starts = encode_documents(CharTokenizer.train("abc"), ["ab", "", "cab"])
        >>> len(ids), starts.tolist()
        (5, [0, 2])
    """
    table = character_table(tokenizer)
    if table is not None and table.one_to_one:
        # A character is a token wherever it stands: one look-up for all documents.
        ids, lengths = encode_text(tokenizer, "".join(texts), dtype), [len(text) for text in texts]
    else:
        rows = [list(id_pieces(tokenizer, text, table)) for text in texts]
        lengths = [sum(map(len, row)) for row in rows]
        pieces = [np.zeros(0, dtype=np.int64), *(piece for row in rows for piece in row)]
        ids = torch.from_numpy(np.concatenate(pieces)).to(dtype)
    counts = np.array([length for length in lengths if length], dtype=np.int64)
    return ids, counts.cumsum() - counts
