"""Two threads in turn: one writes a piece, then waits until the other asks for the next."""

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any

import torch
from torch import Tensor
from transformers import StoppingCriteria
from transformers.generation.streamers import BaseStreamer

from seqkit.generation.streamer import CharStreamer

HELD = 16
"""Most ids that are held back: what is no whole character after so many never will be."""


class Handover:
    """Makes an iterator of a function that hands its results to a callback, such as `generate()` with a streamer.

    The function runs in a thread of its own, and never at the same time as the loop: it goes on when the loop asks for
    the next piece. So nothing is written that nobody reads, random numbers are drawn in one order, and where the loop
    is left, the function learns of it before it has done another step.

    Example:
        >>> handover = Handover()
        >>> list(handover.pieces(lambda: [handover.give(letter) for letter in "abc"]))
        ['a', 'b', 'c']
    """

    def __init__(self) -> None:
        self.stopped = False
        self._asked = Semaphore(0)
        self._given: SimpleQueue[tuple[Any] | None] = SimpleQueue()

    def give(self, piece: Any) -> None:
        """Hand out a piece and wait until the next is asked for; called by the function."""
        if not self.stopped:
            self._given.put((piece,))
            self._asked.acquire()

    def pieces(self, write: Callable[[], Any]) -> Iterator[Any]:
        """Run a function, and yield what it hands out.

        Args:
            write: the function; it should end soon once `stopped` is true.

        Yields:
            The pieces, one by one.

        Raises:
            Exception: whatever the function raised.
        """
        errors: list[BaseException] = []
        # A daemon: a loop that is left standing half-way must not keep the process from ending.
        thread = Thread(target=self._work, args=(write, errors), daemon=True)
        thread.start()
        try:
            while (given := self._given.get()) is not None:
                yield given[0]
                self._asked.release()
        finally:
            self.stopped = True
            self._asked.release()
            thread.join()
        if errors:
            raise errors[0]

    def _work(self, write: Callable[[], Any], errors: list[BaseException]) -> None:
        try:
            write()
        except BaseException as error:  # handed to the loop, which raises it
            errors.append(error)
        finally:
            self._given.put(None)


class WhenLeft(StoppingCriteria):
    """Ends `generate()` when the loop over its pieces has been left.

    Args:
        handover: hands the pieces out.
    """

    def __init__(self, handover: Handover) -> None:
        self.handover = handover

    def __call__(self, input_ids: Tensor, scores: Any, **kwargs: Any) -> Tensor:
        """Tell for each row of input_ids (B, T) whether it is finished."""
        return torch.full((input_ids.shape[0],), self.handover.stopped, device=input_ids.device)


class IdStreamer(BaseStreamer):
    """Gives token ids to a callback one by one, without the prompt.

    Args:
        callback: takes an id.
    """

    def __init__(self, callback: Callable[[int], Any]) -> None:
        self.callback = callback
        self._at_prompt = True

    def put(self, value: Tensor) -> None:
        """Take the next ids; the first are the prompt."""
        ids, self._at_prompt = [] if self._at_prompt else value.reshape(-1).tolist(), False
        for index in ids:
            self.callback(index)

    def end(self) -> None:
        """Do nothing: nothing is held back."""


class PieceStreamer(CharStreamer):
    """Gives text to a callback, without the prompt; half a character at the end is held for the next call.

    Args:
        tokenizer: any tokenizer of transformers.
        before: ids that stand before the text, in whose company it is decoded.
        held: ids that were written before and are no whole character yet.
        callback: takes each piece.
    """

    def __init__(self, tokenizer: Any, before: list[int], held: list[int], callback: Callable[[str], Any]) -> None:
        super().__init__(tokenizer, callback=callback)
        self._before, self._pending = before, held

    @property
    def held(self) -> list[int]:
        """The ids that have not been shown."""
        return self._pending

    def whole(self, ids: list[int]) -> str:
        """Return the text of what is held and of further ids, if nothing will follow; nothing is handed out."""
        return self._going_on([*self._pending, *ids])

    def put(self, value: Tensor) -> None:
        """Take the next ids; the first are the prompt."""
        if self._at_prompt:
            self._at_prompt = False
        else:
            super().put(value)
            if len(self._pending) > HELD:
                self._hand_out_rest()

    def end(self) -> None:
        """Keep what is not a whole character."""


class WithoutPrompt(BaseStreamer):
    """Passes all on to another streamer but the prompt, of which it learns only that there is one.

    Args:
        streamer: any streamer of transformers.
    """

    def __init__(self, streamer: BaseStreamer) -> None:
        self.streamer = streamer
        self._at_prompt = True

    def put(self, value: Tensor) -> None:
        """Pass the next ids on."""
        self.streamer.put(value[..., :0] if self._at_prompt else value)
        self._at_prompt = False

    def end(self) -> None:
        """Pass the end on."""
        self.streamer.end()
