"""Going on from a state: a text that is read and written piece by piece, however long it grows, at a constant cost."""

import os
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor
from transformers import StoppingCriteriaList
from transformers.generation.streamers import BaseStreamer

from seqkit.cache_names import CACHE
from seqkit.errors import DataError, StateError
from seqkit.generation import stream_file
from seqkit.generation.handover import HELD, Handover, IdStreamer, PieceStreamer, WhenLeft, WithoutPrompt
from seqkit.generation.stream_file import Reading
from seqkit.models.inputs import check_ids
from seqkit.models.state import RNNCache, check_cache

CHUNK = 4096
"""Most tokens that are read in one run of the model, so that a long text needs no long memory."""

OWN = {
    "inputs": "feed()", "input_ids": "feed()", "inputs_embeds": "feed()", "attention_mask": "feed()",
    "past_key_values": "Stream(model, cache=...)", "max_length": "max_new_tokens", "min_length": "min_new_tokens",
}  # fmt: skip
"""Options of `generate()` that the stream sets itself, and what to use in their place."""


class Written(NamedTuple):
    """What one call of `generate()` left behind."""

    output: Any  # what generate() returned
    new: Tensor  # the new ids, (N, T)
    cache: RNNCache | None  # the state before the last id; None where it is not that of the text returned


class Stream:
    """One text that a language model reads and writes in turns; only what is new is ever given.

    The state has seen the whole text and has a constant size, so the millionth token costs what the first did. What
    looks back at the text, such as `repetition_penalty` or prompt lookup, sees the last `window` tokens.

    Args:
        model: a language model; it is not changed, and its weights must not be while the stream goes on.
        tokenizer: the model's tokenizer; without one, the stream takes and gives token ids.
        cache: the state to begin from, of one row; it is copied. None is the model's own beginning.
        window: how many of the last tokens logits processors see.

    Raises:
        DataError: if the model does not write, or `window` is negative.
        StateError: if the cache is of another model, or of several rows.

    Example:
        >>> from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM
        >>> tokenizer = CharTokenizer.train("hello world")
        >>> model = RNNForCausalLM(RNNConfig(vocab_size=len(tokenizer), hidden_size=8)).eval()
        >>> stream = Stream(model, tokenizer)
        >>> reply = stream.feed("hello").generate(max_new_tokens=5)
        >>> branch = stream.fork().feed(" world")
        >>> len(stream), len(branch)
        (10, 16)
    """

    def __init__(self, model: Any, tokenizer: Any = None, *, cache: RNNCache | None = None, window: int = 256) -> None:
        if not hasattr(model, "lm_head") or not hasattr(model, "generate"):
            raise DataError(f"{type(model).__name__} does not write. A stream needs an RNNForCausalLM.")
        if window < 0:
            raise DataError(f"window is {window}; expected how many of the last tokens are kept, 0 or more.")
        self.model = model
        self.tokenizer = tokenizer
        self._reading = Reading(window=window)
        self._cache = self._begin(cache)
        self._busy = False

    def __len__(self) -> int:
        """Return the number of tokens read and written."""
        return self._cache.get_seq_length() + len(self._reading.pending)

    @property
    def cache(self) -> RNNCache:
        """A copy of the state. It has seen all but the last token, which the next call reads."""
        return self._cache.clone()

    def feed(self, text: str | list[int] | Tensor) -> Self:
        """Read new text.

        Args:
            text: a text, which goes to the tokenizer without special tokens; or ids, a list or a tensor (T,) or (1, T).
                Unknown characters are what the tokenizer makes of them. An empty text changes nothing.

        Returns:
            The stream itself.

        Raises:
            DataError: if it is a text and there is no tokenizer, or an id is beyond the vocabulary.
        """
        self._check_idle()
        ids = self._ids(text)
        if ids:
            self._read(ids)
            self._reading.held = 0
        return self

    def generate(self, max_new_tokens: int = 100, **options: Any) -> Any:
        """Write on.

        Args:
            max_new_tokens: most tokens to write.
            options: any option of `generate()`; a streamer gets the new tokens only, `stop_strings` needs no tokenizer.

        Returns:
            The new text, or the new ids (T,) without a tokenizer. Half a character at the end is held for the next
            call. With `num_return_sequences` above 1, a list of texts, or ids (N, T) padded as `generate()` pads; the
            stream itself then stays where it was, and `feed` takes the text that was chosen. With
            `return_dict_in_generate`, what `generate()` returns, its `sequences` the new ids (N, T) and its
            `past_key_values` None: that is `stream.cache`.

        Raises:
            DataError: if nothing was fed yet, or an option is the stream's own.
        """
        self._check_options(options)
        if options.get("streamer") is not None:
            options["streamer"] = WithoutPrompt(options["streamer"])
        written = self._write(max_new_tokens, options)
        rows = written.new.tolist()
        if self._setting(options, "num_return_sequences", 1) > 1:
            shown: Any = written.new if self.tokenizer is None else [self._whole(row) for row in rows]
        else:
            shown, held = (written.new[0], 0) if self.tokenizer is None else self._show(rows[0])
            self._move(written, held)
        if isinstance(written.output, Tensor):
            return shown
        written.output.sequences = written.new
        setattr(written.output, CACHE, None)
        return written.output

    def iterate(self, max_new_tokens: int = 100, **options: Any) -> Generator[Any, None, None]:
        """Write on, and hand out each piece when it is asked for.

        Args:
            max_new_tokens: most tokens to write.
            options: options of `generate()` that leave one text, and no streamer.

        Returns:
            An iterator of texts, never half a character; or of ids, without a tokenizer. Nothing is written ahead of
            it: where the loop is left, the stream has seen what was handed out and no more. Until then it does
            nothing else.

        Raises:
            DataError: as in `generate`.
        """
        self._check_options(options)
        several = [name for name in ("num_return_sequences", "num_beams") if self._setting(options, name, 1) > 1]
        if several or options.get("streamer") is not None:
            raise DataError(
                f"{(several or ['streamer'])[0]} is for generate(): iterate() hands out one text as it grows."
            )
        return self._iterate(max_new_tokens, options)

    def fork(self) -> Self:
        """Return a stream that goes on from here by itself; the two share model and tokenizer only."""
        self._check_idle()
        return self._made(self.model, self.tokenizer, self._cache, self._reading)

    def save(self, path: str | os.PathLike) -> None:
        """Write the stream as safetensors, whole or not at all: the state, and the token it has still to read.

        Args:
            path: the file to write.
        """
        self._check_idle()
        stream_file.write(path, self._cache, self._reading, self.model)

    @classmethod
    def load(cls, model: Any, path: str | os.PathLike, tokenizer: Any = None) -> Self:
        """Go on with a stream that was saved, in this or another process; what it writes is the same bit for bit.

        Args:
            model: the model that made it.
            path: the file to read.
            tokenizer: the model's tokenizer; without one, the stream takes and gives token ids.

        Raises:
            StateError: if the file is no saved stream, or another model made it.
        """
        return cls._made(model, tokenizer, *stream_file.read(path, model))

    @classmethod
    def _made(cls, model: Any, tokenizer: Any, cache: RNNCache, reading: Reading) -> Self:
        stream = cls(model, tokenizer, cache=cache, window=reading.window)
        stream._reading = reading.copy()
        return stream

    def _begin(self, given: RNNCache | None) -> RNNCache:
        """Return a copy of a state that fits the model."""
        cache = RNNCache(self.model.config) if given is None else given
        check_cache(cache, self.model.config)
        if cache.batch_size not in (-1, 1):
            raise StateError(f"the cache has {cache.batch_size} rows; a stream is one text. Take one row of it first.")
        cache = cache.clone().to(self.model.device)
        # To read no token checks a state, and gives the model's own to a cache that has none.
        self._run([], cache)
        return cache

    def _run(self, ids: list[int], cache: RNNCache) -> None:
        """Let the model read ids from a state, which is changed."""
        with torch.no_grad():
            for start in range(0, max(1, len(ids)), CHUNK):
                part = torch.tensor([ids[start : start + CHUNK]], dtype=torch.long, device=self.model.device)
                self.model(part, past_key_values=cache, use_cache=True, logits_to_keep=1)

    def _read(self, ids: list[int]) -> None:
        """Let the state see all that is known but the last of the new ids."""
        cache = self._cache.clone()
        self._run([*self._reading.pending, *ids][:-1], cache)
        self._take(cache, ids)

    def _take(self, cache: RNNCache, ids: list[int]) -> None:
        """Take the state that has seen all but the last of the new ids."""
        length = len(self) + len(ids) - 1
        self._cache = at_length(cache, length)
        self._reading.read(ids)

    def _write(self, max_new_tokens: int, options: dict[str, Any]) -> Written:
        """Call `generate()` with a copy of the state and the ids it has not seen."""
        beams, several = (self._setting(options, name, 1) for name in ("num_beams", "num_return_sequences"))
        context = self._reading.context
        ids = torch.tensor([[*context, *self._reading.pending]], device=self.model.device)
        cache = at_length(self._cache, len(context))
        cache.batch_repeat_interleave(max(beams, several))
        if self._setting(options, "stop_strings") is not None:
            options = {"tokenizer": self.tokenizer, **options}
        output = self.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            past_key_values=cache,
            max_new_tokens=max_new_tokens,
            **options,
        )
        new = (output if isinstance(output, Tensor) else output.sequences)[:, ids.shape[1] :]
        usable = len(new) == beams == 1
        return Written(output, new, cache if usable else None)

    def _move(self, written: Written, held: int) -> None:
        """Go on to the end of what was written, of which the last ids were not shown."""
        ids = written.new[0].tolist()
        if written.cache is None:
            self._read(ids)
        else:
            self._take(written.cache, ids)
        self._reading.held = min(held, HELD)

    def _iterate(self, max_new_tokens: int, options: dict[str, Any]) -> Generator[Any, None, None]:
        self._check_idle()
        handover, written = Handover(), []
        streamer = self._streamer(handover.give)
        criteria = StoppingCriteriaList([*(options.pop("stopping_criteria", None) or ()), WhenLeft(handover)])
        options |= {"streamer": streamer, "stopping_criteria": criteria}
        self._busy = True
        try:
            yield from handover.pieces(lambda: written.append(self._write(max_new_tokens, options)))
        finally:
            self._busy = False
            if written:  # otherwise it failed, and the stream stays where it was
                self._move(written[0], len(getattr(streamer, "held", ())))

    def _streamer(self, give: Callable[[Any], None]) -> BaseStreamer:
        if self.tokenizer is None:
            return IdStreamer(give)
        return PieceStreamer(self.tokenizer, *self._reading.tail, give)

    def _show(self, ids: list[int]) -> tuple[str, int]:
        """Return the text of new ids, and how many of the last are half a character."""
        pieces: list[str] = []
        streamer = PieceStreamer(self.tokenizer, *self._reading.tail, pieces.append)
        for index in [None, *ids]:
            streamer.put(torch.tensor([] if index is None else [index]))
        return "".join(pieces), len(streamer.held)

    def _whole(self, ids: list[int]) -> str:
        """Return the text of new ids that nothing will follow."""
        return PieceStreamer(self.tokenizer, *self._reading.tail, print).whole(ids)

    def _ids(self, text: str | list[int] | Tensor) -> list[int]:
        """Turn a text into ids, and check ids that are given."""
        if isinstance(text, str):
            if self.tokenizer is None:
                raise DataError("a stream without a tokenizer takes ids, not text. Use Stream(model, tokenizer).")
            text = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        ids = torch.as_tensor(text).cpu()
        if not ids.numel():
            return []
        if ids.is_floating_point() or ids.dtype == torch.bool or ids.dim() - (ids.dim() == 2 and len(ids) == 1) != 1:
            raise DataError(f"the ids are {ids.dtype} of shape {tuple(ids.shape)}; expected integers (T,) or (1, T).")
        check_ids(ids, self.model.config.vocab_size)
        return ids.reshape(-1).tolist()

    def _setting(self, options: dict[str, Any], name: str, default: Any = None) -> Any:
        """Return what `generate()` will find for an option."""
        given = options.get("generation_config") or self.model.generation_config
        for holder in (options, vars(given), vars(self.model.generation_config)):
            if holder.get(name) is not None:
                return holder[name]
        return default

    def _check_idle(self) -> None:
        if self._busy:
            raise StateError("the stream is being written by iterate(): end that loop first, or fork() before it.")

    def _check_options(self, options: dict[str, Any]) -> None:
        """Refuse a call that has nothing to go on from, or options that are the stream's own."""
        self._check_idle()
        if not self._reading.pending:
            raise DataError("the stream is empty: a model needs something to go on from. Call stream.feed(text) first.")
        for name, instead in OWN.items():
            if options.get(name) is not None:
                raise DataError(f"{name} is the stream's own affair. Use {instead}.")
        if options.get("use_cache") is False:
            raise DataError("use_cache is False; a stream is its state. Leave use_cache out.")


def at_length(cache: RNNCache, length: int) -> RNNCache:
    """Return a copy of a cache that says it has seen so many tokens.

    `generate()` compares the length with the ids it is given, to find what is new. Nothing else depends on it, so a
    cache that counts from a few tokens back needs these few ids only, and not the whole text.

    Args:
        cache: the state.
        length: the number of tokens.
    """
    cache = cache.clone()
    for layer in cache.layers:
        layer.content = (*layer.content[:2], length)
    return cache
