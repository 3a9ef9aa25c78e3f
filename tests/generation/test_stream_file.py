import json
from pathlib import Path
from typing import Any

import pytest
import torch

from seqkit.errors import StateError
from seqkit.generation import Stream
from seqkit.generation.stream_file import NOTE, Reading, checksum, read, write
from seqkit.models import RNNCache, RNNForCausalLM
from tests.cases import CELLS, model

OTHERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "cell": ("rnn", {}, "cell 'gru'; this one has 'rnn'"),
    "layers": ("gru", {"num_hidden_layers": 2}, "num_hidden_layers 1"),
    "units": ("gru", {"hidden_size": 8}, "hidden_size 6; this one has 8"),
    "vocabulary": ("gru", {"vocab_size": 12}, "vocab_size 11; this one has 12"),
    "norm": ("gru", {"layer_norm": True}, "layer_norm False"),
    "weights": ("gru", {}, "other weights"),
}


def saved(path: Path, **changes: Any) -> RNNForCausalLM:
    """Save a stream whose note is changed; returns its model."""
    network = model(RNNForCausalLM)
    Stream(network).feed([1, 2, 3]).save(path)
    note = {"recent": [1, 2], "pending": [3], "held": 0, "window": 256, **changes}
    note["model"] = {**json.loads(_note(path))["model"], **changes.get("model", {})}
    Stream(network).feed([1, 2, 3]).cache.save(path, {NOTE: json.dumps(note)})
    return network


def _note(path: Path) -> str:
    from seqkit.models.state_file import read_notes

    return read_notes(path)[NOTE]


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_written_is_read(cell: str, tmp_path: Path) -> None:
    network = model(RNNForCausalLM, cell, num_hidden_layers=2)
    cache = Stream(network).feed([1, 2, 3]).cache
    write(tmp_path / "a", cache, Reading([1, 2], [3], 1, 9), network)
    found, reading = read(tmp_path / "a", network)
    assert reading == Reading([1, 2], [3], 1, 9)
    assert found.get_seq_length() == 2
    assert all(
        torch.equal(x, y) for a, b in zip(found.state, cache.state, strict=True) for x, y in zip(a, b, strict=True)
    )


@pytest.mark.parametrize("other", OTHERS)
def test_the_state_of_another_model_is_refused(other: str, tmp_path: Path) -> None:
    network = saved(tmp_path / "a")
    cell, fields, words = OTHERS[other]
    with pytest.raises(StateError, match=words):
        Stream.load(model(RNNForCausalLM, cell, **fields), tmp_path / "a")
    assert len(Stream.load(network, tmp_path / "a")) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"pending": [11]}, {"recent": [-1]}, {"recent": ["a"]}, {"recent": None}, {"pending": [1, 2]}, {"held": 9},
        {"held": True}, {"window": -1}, {"recent": [1] * 400}, {"colour": "red"}, {"pending": [0.5]},
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_note_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    network = saved(tmp_path / "a", **changes)
    with pytest.raises(StateError, match="no stream that seqkit saved"):
        Stream.load(network, tmp_path / "a")


@pytest.mark.parametrize("note", ["", "3", "[]", "{}", '{"model": 3}', '{"model": {}'])
def test_a_note_that_is_none_is_refused(note: str, tmp_path: Path) -> None:
    network = model(RNNForCausalLM)
    Stream(network).feed([1, 2]).cache.save(tmp_path / "a", {NOTE: note})
    with pytest.raises(StateError):
        Stream.load(network, tmp_path / "a")


def test_the_state_of_a_cache_alone_is_told_from_a_stream(tmp_path: Path) -> None:
    network = model(RNNForCausalLM)
    Stream(network).feed([1, 2]).cache.save(tmp_path / "a")
    with pytest.raises(StateError, match=r"Stream\(model, cache=RNNCache.load"):
        Stream.load(network, tmp_path / "a")
    assert len(Stream(network, cache=RNNCache.load(tmp_path / "a"))) == 1


def test_the_checksum_sees_every_weight_and_no_layout() -> None:
    network = model(RNNForCausalLM)
    before = checksum(network)
    assert checksum(network.train()) == before
    for parameter in network.parameters():
        kept = parameter.detach().clone()
        with torch.no_grad():
            parameter.view(-1)[0] += 1
        assert checksum(network) != before
        parameter.data = kept
    assert checksum(network) == before


def test_a_reading_keeps_the_last_ids_only() -> None:
    reading = Reading(window=30)
    for start in range(0, 1000, 7):
        reading.read(list(range(start, start + 7)))
    assert reading.pending == [1000]
    assert reading.context == list(range(970, 1000))
    reading.window = 0
    assert reading.context == []
    reading.held = 2
    assert reading.tail == (list(range(991, 999)), [999, 1000])
