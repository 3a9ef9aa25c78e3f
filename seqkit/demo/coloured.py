"""A text that a language model reads and writes, with every unit of its state after each piece."""

from collections.abc import Iterator
from contextlib import closing
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from seqkit.diagnostics.activations import Unit, read_activations, text_html
from seqkit.errors import DataError
from seqkit.generation import Stream
from seqkit.generation.handover import PieceStreamer
from seqkit.generation.stream_file import COMPANY
from seqkit.models.state import RNNCache

_LOCKS: WeakKeyDictionary[Any, RLock] = WeakKeyDictionary()
"""One for each model: reading its units puts watchers into its cells, which nobody else may run meanwhile."""


class ColouredText:
    """A text that grows, piece by piece, and the units of the state after each of them.

    Args:
        model: a language model, in evaluation mode.
        tokenizer: its tokenizer.

    Example:
        >>> from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM
        >>> tokenizer = CharTokenizer.train("hello")
        >>> text = ColouredText(RNNForCausalLM(RNNConfig(vocab_size=len(tokenizer), hidden_size=8)).eval(), tokenizer)
        >>> text.read("hell").pieces, len(text.units)
        (['h', 'e', 'l', 'l'], 16)
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.pieces: list[str] = []
        self.values: list[Tensor] = []
        self.units: tuple[Unit, ...] = ()
        self._stream = Stream(model)
        self._cache = RNNCache(model.config)
        self._company: list[int] = []
        self._lock = _LOCKS.setdefault(model, RLock())

    def read(self, text: str) -> "ColouredText":
        """Read a text.

        Args:
            text: any text; what the tokenizer does not know is shown as it was typed.

        Raises:
            DataError: if the tokenizer has no token for any of it.
        """
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids, end = encoded["input_ids"], 0
        if not ids:
            raise DataError(f"the tokenizer has no token for any of {text[:40]!r}.")
        with self._lock:
            self._stream.feed(ids)
            values = self._see(ids)
        for place, ((_, until), after) in enumerate(zip(encoded["offset_mapping"], values, strict=True)):
            # What stands between tokens, as blanks may, belongs to the one behind it; at the end, to the last.
            until = len(text) if place == len(ids) - 1 else max(end, until)
            self._add(text[end:until], after)
            end = until
        return self

    def write(self, count: int, **options: Any) -> Iterator[None]:
        """Write on, and stop after each piece until the next is asked for.

        Args:
            count: most tokens to write.
            options: options of `generate()`.
        """
        fresh: list[str] = []
        streamer = PieceStreamer(self.tokenizer, self._company, [], fresh.append)
        streamer.put(torch.tensor([], dtype=torch.long))  # a streamer is given the prompt first
        written = self._stream.iterate(count, **options)
        with closing(_Locked(written, self._lock)) as ids:
            for index in ids:
                with self._lock:
                    (after,) = self._see([index])
                streamer.put(torch.tensor([index]))
                if fresh:
                    self._add("".join(fresh), after)
                    fresh.clear()
                    yield

    def html(self, unit: int) -> str:
        """Return the text in the colours of one unit.

        Args:
            unit: its place in `units`.
        """
        return text_html(self.pieces, torch.stack(self.values)[:, unit]) if self.pieces else ""

    def _see(self, ids: list[int]) -> Tensor:
        """Let the state see further ids; return its units after each of them (T, N)."""
        batch = {"input_ids": torch.tensor([ids], device=self.model.device)}
        found = read_activations(self.model, {**batch, "past_key_values": self._cache, "use_cache": True})
        self.units = found.units
        self._company = [*self._company, *ids][-COMPANY:]
        return found.values

    def _add(self, piece: str, after: Tensor) -> None:
        """Add a piece; several tokens may be one character, which has the colour of the last."""
        if piece or not self.pieces:
            self.pieces.append(piece)
            self.values.append(after)
        else:
            self.values[-1] = after


class _Locked:
    """An iterator whose every step, and end, is taken while nobody else has the model."""

    def __init__(self, iterator: Any, lock: RLock) -> None:
        self._iterator, self._lock = iterator, lock

    def __iter__(self) -> "_Locked":
        return self

    def __next__(self) -> Any:
        with self._lock:
            return next(self._iterator)

    def close(self) -> None:
        with self._lock:
            self._iterator.close()
