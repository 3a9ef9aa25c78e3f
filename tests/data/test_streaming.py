"""Streams of documents whose number nobody knows: all of them are read, in order within a run, in bounded memory."""

import tracemalloc
from collections.abc import Iterator
from itertools import islice
from typing import Any

import datasets
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from seqkit import CharTokenizer
from seqkit.data import DocumentStreams
from seqkit.errors import DataError

Batch = dict[str, torch.Tensor]
DOCUMENTS = st.lists(st.integers(0, 9), min_size=1, max_size=12)


def numbered(lengths: list[int]) -> list[list[int]]:
    """Make documents whose tokens are their own places in the text."""
    ends = torch.tensor(lengths).cumsum(0).tolist()
    return [list(range(end - length + 1, end + 1)) for end, length in zip(ends, lengths, strict=True)]


def rows_of(batches: list[Batch], row: int) -> tuple[list[int], list[int], list[int]]:
    """Give all that one stream reads: inputs, targets and where it is set back."""
    parts = [[batch[name][row] for batch in batches] for name in ("input_ids", "shift_labels", "reset_mask")]
    inputs, labels, resets = (torch.cat(part).tolist() for part in parts)
    return inputs, labels, resets


@given(lengths=DOCUMENTS, size=st.integers(1, 4), length=st.integers(1, 6), run=st.integers(1, 20), own=st.booleans())
def test_every_token_is_read_once_and_predicted_by_its_own_document(
    lengths: list[int], size: int, length: int, run: int, own: bool
) -> None:
    if sum(lengths) < 2:
        return
    texts = numbered(lengths)
    data = DocumentStreams(texts, size, length, run_length=run, documents=own, whole=True)
    batches = list(DataLoader(data, size))
    seen: list[int] = []
    first = {text[0] for text in texts if text}
    for row in range(size):
        inputs, labels, resets = rows_of(batches, row)
        count = max((i + 1 for i, token in enumerate(inputs) if token), default=0)
        seen += inputs[:count]
        for place in range(count):
            new = resets[place]
            assert not place or new == (inputs[place] != inputs[place - 1] + 1 or (own and inputs[place] in first))
            if labels[place] != -100:
                assert labels[place] == inputs[place] + 1
            if place + 1 < count:
                assert (labels[place] == -100) == resets[place + 1]
    unread = {max(text) for text in texts if text} - set(seen)
    # A stream's last token is only a target, unless a document begins with it: then nothing can predict it.
    assert set(seen) | unread == set(range(1, sum(lengths) + 1))
    assert len(seen) == len(set(seen))


def test_one_stream_reads_the_text_as_one() -> None:
    rows = list(DocumentStreams(numbered([3] * 9), 1, 5, run_length=4, whole=True))
    assert sum(int(row["reset_mask"].sum()) for row in rows) == 1
    assert sum(int((row["shift_labels"] != -100).sum()) for row in rows) == 26


def test_runs_keep_a_text_together() -> None:
    texts = numbered([4] * 12)
    batches = list(DataLoader(DocumentStreams(texts, 2, 8, run_length=24, whole=True), 2))
    assert [rows_of(batches, row)[0][:23] for row in range(2)] == [list(range(1, 24)), list(range(25, 48))]
    assert sum(rows_of(batches, 0)[2]) == 1


def test_the_source_is_read_again_where_it_ends() -> None:
    data = DocumentStreams(numbered([5, 5]), 1, 4)
    rows = list(islice(data, 5))
    assert torch.cat([row["input_ids"] for row in rows]).tolist() == [*range(1, 11), *range(1, 11)]
    assert torch.cat([row["reset_mask"] for row in rows]).nonzero()[:, 0].tolist() == [0, 10]


def test_a_shuffled_source_is_told_of_the_epoch() -> None:
    source = (
        datasets.Dataset.from_dict({"ids": numbered([2] * 50)}).to_iterable_dataset().shuffle(seed=1, buffer_size=50)
    )
    data = DocumentStreams(source, 1, 10, text_column="ids", run_length=1)
    ids = torch.cat([row["input_ids"] for row in islice(data, 20)])
    assert sorted(ids[:100].tolist()) == sorted(ids[100:].tolist()) == list(range(1, 101))
    assert ids[:100].tolist() != ids[100:].tolist()
    assert torch.equal(torch.cat([row["input_ids"] for row in islice(data, 20)]), ids)


def test_texts_are_tokenised_and_their_characters_counted() -> None:
    tokenizer = CharTokenizer.train("abc\n")
    rows = datasets.Dataset.from_dict({"line": ["abc", "", "cab"]}).to_iterable_dataset()
    data = DocumentStreams(rows, 1, 4, tokenizer, text_column="line", separator="\n", whole=True)
    assert data.characters_per_token is None
    ids = torch.cat([row["input_ids"] for row in data])
    assert tokenizer.decode(ids[:8]) == "abc\n\ncab"
    assert data.characters_per_token == 1.0


def test_random_lengths_follow_from_the_seed() -> None:
    data = DocumentStreams(numbered([500]), 2, 20).with_random_lengths(3)
    first, again = ([len(row["input_ids"]) for row in islice(data, 40)] for _ in range(2))
    assert first == again
    assert first[::2] == first[1::2]
    assert len(set(first)) > 3
    other = DocumentStreams(numbered([500]), 2, 20).with_random_lengths(4)
    assert [len(row["input_ids"]) for row in islice(other, 40)] != first


class Endless:
    """A source of 40 MB that is nowhere held."""

    def __iter__(self) -> Iterator[str]:
        return (f"{number:>399}\n" for number in range(100_000))


def test_memory_is_bounded_by_runs_and_segments() -> None:
    tokenizer = CharTokenizer.train("0123456789 \n")
    data = DocumentStreams(Endless(), 4, 100, tokenizer, run_length=10_000, whole=True)
    list(islice(data, 4))
    tracemalloc.start()
    count = sum(1 for _ in islice(data, 10_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_000
    # The table of all characters takes 4.5 MB while a run is looked up.
    assert peak < 12e6


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ((text for text in ["a"]), {}, "a generator, which can be read only once"),
        ([[1, 2, 3]], {}, "has 3 tokens, less than one batch of 2 streams of 4 .* needs 9"),
        ([], {}, "has 0 tokens"),
        ([{"body": "a"}], {"tokenizer": True}, "row 0 has no 'text'; it has body. Set text_column"),
        (["abc"], {}, "row 0 is a str: there is text, but no tokenizer"),
        ([[1]], {"tokenizer": True}, "row 0 is a list: there is a tokenizer, but no text"),
        ([[1]], {"whole": True}, "has 1 tokens, less than one token to predict"),
        ([[1]], {"run_length": 0}, r"run_length \(0\) must be at least 1"),
    ],
)
def test_bad_sources(source: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        list(islice(DocumentStreams(source, 2, 4, **options), 2))


def test_several_workers_are_refused() -> None:
    data = DocumentStreams(numbered([99]), 2, 4)
    assert next(iter(DataLoader(data, 2, num_workers=1)))["input_ids"].shape == (2, 4)
    with pytest.raises(DataError, match="2 worker processes"):
        next(iter(DataLoader(data, 2, num_workers=2)))
