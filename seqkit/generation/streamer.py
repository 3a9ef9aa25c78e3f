"""Text handed out while it is generated, character by character."""

import sys
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any, TextIO

from transformers.generation.streamers import BaseStreamer

from seqkit.errors import DataError

_UNFINISHED = "\ufffd"  # what a tokenizer of bytes writes for a character that is not complete yet


class CharStreamer(BaseStreamer):
    """A streamer for `generate()` that gives every piece of text at once, and never half a character.

    What a tokenizer says may yet change, by a method `unsettled(ids)` such as `SeqkitTokenizer`'s, counts as half.

    transformers' own `TextStreamer` holds text back until a blank: with a character model, a whole word at a time.

    Args:
        tokenizer: any tokenizer of transformers.
        skip_prompt: leave the prompt out.
        callback: a function that takes each piece, or an open text file; None is standard output. Nothing is added, not
            even a line end.
        skip_special_tokens: leave special tokens, such as `</s>`, out.

    Example:
        >>> import torch
        >>> from seqkit.tokenizers import CharTokenizer
        >>> tokenizer, pieces = CharTokenizer.train("hello"), []
        >>> streamer = CharStreamer(tokenizer, skip_prompt=True, callback=pieces.append)
        >>> for text in ["he", "l", "o"]:
        ...     streamer.put(torch.tensor(tokenizer.encode(text)))
        >>> streamer.end()
        >>> pieces
        ['l', 'o']
    """

    def __init__(
        self,
        tokenizer: Any,
        skip_prompt: bool = False,
        callback: Callable[[str], object] | TextIO | None = None,
        skip_special_tokens: bool = True,
    ) -> None:
        self.tokenizer = tokenizer
        self.skip_prompt = skip_prompt
        self.callback = callback
        self.skip_special_tokens = skip_special_tokens
        self._restart()

    def _restart(self) -> None:
        self._at_prompt = True
        self._before: list[int] = []  # the ids of the last piece: what comes next is decoded in their company
        self._pending: list[int] = []

    def put(self, value: Any) -> None:
        """Take the next token ids, a tensor of shape (T,) or (1, T); `generate()` gives the prompt first.

        Raises:
            DataError: the batch has more than one row.
        """
        if value.dim() > 1 and value.shape[0] > 1:
            raise DataError(
                f"a streamer follows one sequence, not a batch of {value.shape[0]}: give one prompt at a time"
            )
        ids, at_prompt = value.reshape(-1).tolist(), self._at_prompt
        self._at_prompt = False
        self._pending += ids
        settled = self._pending[: len(self._pending) - self._unsettled()]
        text = self._going_on(settled)
        if at_prompt and self.skip_prompt:
            self._before, self._pending = ids, []
        elif text and not text.endswith(_UNFINISHED):
            self._hand_out(text, settled)

    def end(self) -> None:
        """Hand out what is left, and make ready for another call of `generate()`; called by `generate()`."""
        self._hand_out_rest()
        self._restart()

    def emit(self, text: str) -> None:
        """Give one piece of text to the callback; a subclass may do something else with it."""
        if callable(self.callback):
            self.callback(text)
        else:
            file = sys.stdout if self.callback is None else self.callback
            file.write(text)
            file.flush()

    def _hand_out(self, text: str, ids: list[int]) -> None:
        self._before, self._pending = ids, self._pending[len(ids) :]
        self.emit(text)

    def _hand_out_rest(self) -> None:
        if text := self._going_on(self._pending):
            self._hand_out(text, self._pending)

    def _unsettled(self) -> int:
        """Return how many of the pending ids the tokenizer itself holds back."""
        tell = getattr(self.tokenizer, "unsettled", None)
        return tell(self._pending) if tell else 0

    def _going_on(self, ids: list[int]) -> str:
        """Decode ids with the piece before them, since some tokenizers put a space between words.

        Where they would change that piece, which is out already, they are decoded by themselves.
        """
        before, text = self._decode(self._before), self._decode(self._before + ids)
        changed = not (text.startswith(before) or before.endswith(_UNFINISHED))
        return self._decode(ids) if changed else text[len(before) :]

    def _decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=self.skip_special_tokens) if ids else ""


class CharIteratorStreamer(CharStreamer):
    """A `CharStreamer` to loop over, while `generate()` runs in another thread.

    Args:
        tokenizer: any tokenizer of transformers.
        skip_prompt: leave the prompt out.
        timeout: seconds to wait for the next piece before `queue.Empty` is raised; None waits for ever, even where
            `generate()` has failed.
        skip_special_tokens: leave special tokens out.

    Example:
        >>> from threading import Thread
        >>> streamer = CharIteratorStreamer(tokenizer, timeout=60)  # doctest: +SKIP
        >>> Thread(target=model.generate, kwargs={**inputs, "streamer": streamer}).start()  # doctest: +SKIP
        >>> for text in streamer:  # doctest: +SKIP
        ...     print(text, end="", flush=True)
    """

    def __init__(
        self, tokenizer: Any, skip_prompt: bool = False, timeout: float | None = None, skip_special_tokens: bool = True
    ) -> None:
        super().__init__(tokenizer, skip_prompt, skip_special_tokens=skip_special_tokens)
        self.timeout = timeout
        self._queue: Queue[str | None] = Queue()

    def emit(self, text: str) -> None:
        """Put one piece of text in the queue."""
        self._queue.put(text)

    def end(self) -> None:
        """Hand out what is left, and end the loop; called by `generate()`."""
        super().end()
        self._queue.put(None)

    def __iter__(self) -> Iterator[str]:
        while (text := self._queue.get(timeout=self.timeout)) is not None:
            yield text
