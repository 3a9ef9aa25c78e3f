"""Words become vectors, each different one once and beside words of its length."""

from typing import Any

import numpy as np
import pytest

from seqkit.runtime import words
from seqkit.runtime.words import Words


class Sums:
    """Stands for a graph: a word's vector is the sum of its characters, and how many there are."""

    def __init__(self) -> None:
        self.read: list[tuple[int, ...]] = []

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        ids = inputs["character_ids"]
        self.read.append(ids.shape)
        return {"character_vectors": np.stack([ids.sum(1), (ids != 0).sum(1)], 1).astype(np.float32)}


@pytest.mark.parametrize(("side", "row"), [("right", [[5, 1], [9, 2], [0, 0]]), ("left", [[0, 0], [5, 1], [9, 2]])])
def test_padding_and_words_without_characters_are_zeros(side: str, row: list) -> None:
    graph: Any = Sums()
    found = Words(graph, 2)([[(5,), (4, 5)], [(4, 5), (), (5,)]], 3, side)
    assert found.dtype == np.float32
    assert found.tolist() == [row, [[9, 2], [0, 0], [5, 1]]]
    assert graph.read == [(2, 2)]  # two different words, once each


def test_words_are_read_beside_words_of_their_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "AT_ONCE", 3)
    graph: Any = Sums()
    row = [tuple(range(1, 2 + length)) for length in (7, 1, 3, 2, 2, 0)]
    found = Words(graph, 2)([row], 6)
    assert found[0, :, 1].tolist() == [8, 2, 4, 3, 3, 1]
    assert graph.read == [(3, 3), (2, 8)]


def test_nothing_to_read_is_not_read() -> None:
    graph: Any = Sums()
    assert Words(graph, 2)([[], [()]], 2).tolist() == [[[0, 0]] * 2] * 2
    assert graph.read == []
