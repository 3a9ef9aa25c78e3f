from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset
from torch.utils.data import IterableDataset

from seqkit.data import DocumentStreams, StreamDataset
from seqkit.data import fingerprint as module
from seqkit.data.fingerprint import BLOCK, BLOCKS, fingerprint, id_blocks, spread

IDS = torch.arange(1000) % 7
ROWS = [{"input_ids": [n, n + 1], "labels": n % 2} for n in range(50)]


def test_the_same_ids_are_the_same_whatever_holds_them(tmp_path: Path) -> None:
    IDS.numpy().astype(np.uint8).tofile(tmp_path / "ids")
    mapped = np.memmap(tmp_path / "ids", dtype=np.uint8, mode="r")
    found = [fingerprint(StreamDataset(ids, 4, 8)) for ids in (IDS, IDS.numpy().astype(np.uint16), mapped)]
    assert found[0] == found[1] == found[2]
    assert found[0]["size"] == 1000


def test_one_other_id_or_another_layout_is_told() -> None:
    base = fingerprint(StreamDataset(IDS, 4, 8))
    changed = IDS.clone()
    changed[501] += 1
    assert fingerprint(StreamDataset(changed, 4, 8))["digest"] != base["digest"]
    assert fingerprint(StreamDataset(IDS, 5, 8))["streams"] == 5
    assert fingerprint(StreamDataset(IDS, 4, 9))["sequence_length"] == 9
    assert fingerprint(StreamDataset(IDS[:-1], 4, 8))["size"] == 999


def test_every_id_of_a_text_below_the_limit_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 16)
    monkeypatch.setattr(module, "BLOCKS", 8)
    for length in (1, 15, 16, 17, 100, 127, 128):
        ids = np.arange(length)
        read = np.concatenate([np.frombuffer(block, dtype="<i8") for block in id_blocks(ids)])
        assert set(read) == set(ids), length
    # Beyond it, as much of it as that, both ends included.
    read = np.concatenate([np.frombuffer(block, dtype="<i8") for block in id_blocks(np.arange(10_000))])
    assert (len(read), read[0], read[-1]) == (128, 0, 9_999)
    assert BLOCK * BLOCKS > 60_000_000


def test_rows_are_told_by_what_they_hold() -> None:
    other = [*ROWS[:-1], {**ROWS[-1], "labels": 5}]
    assert fingerprint(ROWS)["digest"] != fingerprint(other)["digest"]
    assert fingerprint(Dataset.from_list(ROWS)) == fingerprint(Dataset.from_list(ROWS).with_format("torch"))
    assert fingerprint(Dataset.from_list(ROWS))["digest"] != fingerprint(Dataset.from_list(other))["digest"]


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (torch.ones(2), torch.ones(2, 1)),
        (torch.ones(2, dtype=torch.bfloat16), torch.zeros(2, dtype=torch.bfloat16)),
        (np.ones(2), np.zeros(2)),
        ("a", "b"),
        ([torch.ones(1)], [torch.zeros(1)]),
        ({"a": 1}, {"b": 1}),
        ([[1], [2]], [[1, 2]]),
    ],
)
def test_values_of_all_kinds(value: Any, other: Any) -> None:
    assert fingerprint([value])["digest"] == fingerprint([value])["digest"]
    assert fingerprint([value])["digest"] != fingerprint([other])["digest"]


def test_what_cannot_be_known_is_not_made_up() -> None:
    class Streaming(IterableDataset):
        def __iter__(self):
            yield from ROWS

    assert fingerprint(Streaming()) == {"kind": "Streaming", "size": None, "digest": None}
    assert fingerprint(None)["digest"] is None
    streaming = Streaming()
    streaming.fingerprint = "text 7"
    assert fingerprint(streaming)["digest"] == "text 7"


def test_of_streams_that_are_not_held_the_layout_is_known() -> None:
    streams = DocumentStreams([[1, 2, 3]] * 50, 2, 3)
    found = fingerprint(streams)
    assert (found["streams"], found["sequence_length"], found["digest"]) == (2, 3, None)


def test_places_are_spread_with_both_ends() -> None:
    assert spread(5, 10) == [0, 1, 2, 3, 4]
    assert spread(1001, 3) == [0, 500, 1000]
    assert spread(1, 1) == [0]
    assert spread(0, 3) == []
