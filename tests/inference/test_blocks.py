"""Block by block is the whole: outputs exactly where the state is carried, and within the context of windows."""

import pytest
import torch

from seqkit.errors import ConfigError
from seqkit.inference.blocks import Piece, check_lengths, join, read_blocks, recut, size
from tests.cases import CELLS, model


def pieces(ids: torch.Tensor, *lengths: int) -> list[Piece]:
    return [{"input_ids": part} for part in ids.split(list(lengths), 1)]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("length", [1, 5, 50])
@torch.no_grad()
def test_a_carried_state_gives_the_whole_exactly(cell: str, length: int) -> None:
    network, ids = model(cell=cell, num_hidden_layers=2), torch.randint(0, 11, (1, 23))
    blocks = list(read_blocks(network, pieces(ids, 3, 13, 0, 7), length, 0))
    assert all(block.shape[1] <= length for block in blocks)
    torch.testing.assert_close(torch.cat(blocks, 1), network(ids).last_hidden_state, atol=1e-6, rtol=0)


@pytest.mark.parametrize("length", [6, 9, 12])
@torch.no_grad()
def test_windows_cover_the_row_once_with_their_context(length: int) -> None:
    network, ids, overlap = model(bidirectional=True), torch.randint(0, 11, (1, 31)), 2
    blocks = list(read_blocks(network, pieces(ids, 1, 30), length, overlap))
    found, step, begin = torch.cat(blocks, 1), length - 2 * overlap, 0
    assert found.shape[1] == 31
    for block in blocks:
        low, high = max(0, begin - overlap), min(31, begin + step + overlap)
        expected = network(ids[:, low:high]).last_hidden_state[:, begin - low : begin - low + block.shape[1]]
        torch.testing.assert_close(block, expected, atol=1e-6, rtol=0)
        begin += block.shape[1]


@torch.no_grad()
def test_a_window_with_enough_context_is_nearly_the_whole() -> None:
    network, ids = model(bidirectional=True), torch.randint(0, 11, (1, 300))
    for parameter in network.parameters():
        parameter.mul_(0.5)  # a state that forgets
    whole = network(ids).last_hidden_state
    errors = [
        (torch.cat(list(read_blocks(network, pieces(ids, 300), 60, overlap)), 1) - whole).abs().max()
        for overlap in (0, 5, 20)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-3 < errors[0]


def test_characters_of_different_widths_are_joined() -> None:
    parts = [{"character_ids": torch.ones(1, 2, 3)}, {"character_ids": torch.ones(1, 1, 5)}]
    assert join(parts)["character_ids"].sum(-1).tolist() == [[3, 3, 5]]
    assert [size(piece) for piece in recut(iter(parts), 2)] == [2, 1]
    assert list(recut([], 3)) == list(recut([{"input_ids": torch.ones(1, 0)}], 3)) == []


def test_windows_of_context_alone_are_refused() -> None:
    check_lengths(3, 1)
    with pytest.raises(ConfigError, match=r"length \(5\) must be at least 3 times overlap \(2\)"):
        check_lengths(5, 2)
