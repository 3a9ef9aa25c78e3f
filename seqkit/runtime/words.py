"""The characters of words become vectors: each different word of a batch is read once, beside words of its length."""

from collections.abc import Sequence

import numpy as np

from seqkit.runtime.graph import Graph
from seqkit.tokenizers.spelling import padded

AT_ONCE = 256
"""Words that are read at once: enough to be fast, few enough that one long word stretches few others."""

Word = tuple[int, ...]
"""The character ids of a word; none of a word without characters, as padding is, whose vector is zeros."""


class Words:
    """The graph that reads words, one by one.

    Args:
        graph: takes `character_ids` (B, C), gives `character_vectors` (B, S).
        width: S.
    """

    def __init__(self, graph: Graph, width: int) -> None:
        self.graph, self.width = graph, width

    def __call__(self, rows: Sequence[Sequence[Word]], length: int, side: str = "right") -> np.ndarray:
        """Return the vectors of rows of words, (B, T, S).

        Args:
            rows: the words of each row.
            length: words T of a row, padding included.
            side: the side on which padding stands.
        """
        places: dict[Word, int] = {(): 0}
        index = np.zeros((len(rows), length), np.int64)
        for number, row in enumerate(rows):
            begin = length - len(row) if side == "left" else 0
            index[number, begin : begin + len(row)] = [places.setdefault(word, len(places)) for word in row]
        return self.read(list(places))[index]

    def read(self, words: Sequence[Word]) -> np.ndarray:
        """Return the vector of each word, (U, S)."""
        vectors = np.zeros((len(words), self.width), np.float32)
        order = sorted((place for place, word in enumerate(words) if word), key=lambda place: len(words[place]))
        for begin in range(0, len(order), AT_ONCE):
            part = order[begin : begin + AT_ONCE]
            ids = padded([[words[place] for place in part]], len(part))[0]
            vectors[part] = self.graph({"character_ids": ids})["character_vectors"]
        return vectors
