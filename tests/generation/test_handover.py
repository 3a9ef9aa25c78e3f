from threading import active_count
from typing import Any

import pytest
import torch

from seqkit.generation.handover import HELD, Handover, IdStreamer, PieceStreamer, WhenLeft, WithoutPrompt
from tests.generation.test_streamer import of_bytes


def test_a_piece_is_made_when_it_is_asked_for() -> None:
    handover, made = Handover(), []

    def write() -> None:
        for number in range(3):
            made.append(number)
            handover.give(number)

    seen = [(piece, len(made)) for piece in handover.pieces(write)]
    assert seen == [(0, 1), (1, 2), (2, 3)]


def test_a_loop_that_is_left_ends_the_thread() -> None:
    handover, steps, threads = Handover(), [], active_count()

    def write() -> None:
        while not handover.stopped:
            steps.append(1)
            handover.give(len(steps))

    pieces = handover.pieces(write)
    assert [next(pieces), next(pieces)] == [1, 2]
    pieces.close()
    assert len(steps) == 2
    assert active_count() == threads


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_goes_wrong_in_the_thread_is_raised_in_the_loop(error: type[BaseException]) -> None:
    handover, found = Handover(), []

    def write() -> None:
        handover.give("a")
        raise error("no")

    with pytest.raises(error, match="no"):
        found.extend(handover.pieces(write))
    assert not found or found == ["a"]


def test_generation_learns_that_nobody_reads_any_more() -> None:
    handover = Handover()
    criterion = WhenLeft(handover)
    assert criterion(torch.zeros(2, 3), None).tolist() == [False, False]
    handover.stopped = True
    assert criterion(torch.zeros(2, 3), None).tolist() == [True, True]


def put(streamer: Any, *ids: list[int]) -> None:
    for part in ids:
        streamer.put(torch.tensor(part))
    streamer.end()


def test_ids_come_one_by_one_without_the_prompt() -> None:
    found: list[int] = []
    put(IdStreamer(found.append), [[7, 8]], [1], [2, 3])
    assert found == [1, 2, 3]


def test_what_is_no_whole_character_is_kept_and_gone_on_from() -> None:
    tokenizer, pieces = of_bytes(), []
    a, first, second, third = tokenizer.encode("a한")
    streamer = PieceStreamer(tokenizer, [a], [first], pieces.append)
    put(streamer, [[a, first]], [second])
    assert (pieces, streamer.held) == ([], [first, second])
    put(PieceStreamer(tokenizer, [a], streamer.held, pieces.append), [[a]], [third])
    assert pieces == ["한"]


def test_what_never_becomes_a_character_is_given_in_the_end() -> None:
    tokenizer, pieces = of_bytes(), []
    half = tokenizer.encode("한")[:1]
    put(PieceStreamer(tokenizer, [], [], pieces.append), [[]], *[half] * (HELD + 1))
    assert len(pieces) == 1
    assert set(pieces[0]) == {"\ufffd"}


def test_another_streamer_learns_that_there_is_a_prompt_but_not_which() -> None:
    class Kept:
        def __init__(self) -> None:
            self.values: list[Any] = []

        def put(self, value: torch.Tensor) -> None:
            self.values.append(value.tolist())

        def end(self) -> None:
            self.values.append("end")

    kept = Kept()
    put(WithoutPrompt(kept), [[7, 8]], [1], [2])
    assert kept.values == [[[]], [1], [2], "end"]


def test_the_whole_takes_what_is_held_and_hands_nothing_out() -> None:
    tokenizer, pieces = of_bytes(), []
    a, *ids = tokenizer.encode("a한b")
    streamer = PieceStreamer(tokenizer, [a], ids[:1], pieces.append)
    assert streamer.whole(ids[1:]) == "한b"
    assert (pieces, streamer.held) == ([], ids[:1])
