"""Where documents begin, told by an id or by places."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqkit import CharTokenizer, WordTokenizer
from seqkit.data import encode_documents
from seqkit.data.documents import Borders
from seqkit.errors import DataError


@given(ids=st.lists(st.integers(0, 3), min_size=2, max_size=40))
def test_an_id_and_places_tell_the_same(ids: list[int]) -> None:
    text, places = torch.tensor(ids), np.arange(len(ids)).reshape(1, -1)
    starts = [place for place in range(1, len(ids)) if ids[place - 1] == 3]
    for borders in (Borders.of(text, 3, None), Borders.of(text.numpy(), 3, None), Borders.of(text, None, [*starts])):
        assert borders is not None
        assert np.flatnonzero(borders.at(places)).tolist() == starts
        assert borders.count(len(ids) - 1) == len(starts)
        assert borders.count(1) == len([s for s in starts if s <= 1])


def test_the_beginning_of_the_text_is_no_border() -> None:
    borders = Borders.of(torch.arange(5), None, torch.tensor([0, 3]))
    assert borders is not None
    assert borders.at(np.arange(5)).tolist() == [False, False, False, True, False]
    assert Borders.of(torch.arange(5), None, None) is None


@pytest.mark.parametrize("starts", [[3, 2], [2, 2], [-1, 2], [2, 5]])
def test_places_out_of_order_or_outside_are_refused(starts: list[int]) -> None:
    with pytest.raises(DataError, match=f"rising from 0 to 4.*the first is {starts[0]}, the last {starts[1]}"):
        Borders.of(torch.arange(5), None, starts)


def test_two_ways_at_once_are_refused() -> None:
    with pytest.raises(DataError, match="give one of them"):
        Borders.of(torch.arange(5), 1, [2])


@pytest.mark.parametrize("kind", [CharTokenizer, WordTokenizer])
def test_documents_are_encoded_one_by_one(kind: Any) -> None:
    texts = ["the cat", "", "cat the", "th"]
    tokenizer = kind.train(texts)
    ids, starts = encode_documents(tokenizer, texts)
    parts = [part.tolist() for part in ids.tensor_split(torch.from_numpy(starts[1:]))]
    assert parts == [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts if text]


def test_no_documents_are_no_ids() -> None:
    ids, starts = encode_documents(WordTokenizer.train("a b"), ["", ""])
    assert (len(ids), len(starts)) == (0, 0)
