"""Text by an exported language model: a prompt read at once, then one token after the other."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from seqkit.errors import CheckpointError, DataError
from seqkit.runtime.decisions import softmax
from seqkit.runtime.folder import Folder
from seqkit.runtime.graph import Arrays
from seqkit.runtime.whole import encoder_of, new, step_graph, whole_graph

CHUNK = 512
"""Tokens of a prompt that are read at once: scores of all places of a long one would fill the memory."""

TAIL = 64
"""Last tokens of a prompt in whose company new ones are decoded."""


class Writer:
    """An exported language model; `seqkit.runtime.load` makes one.

    Args:
        folder: the exported folder.
        threads: how many onnxruntime computes with.
    """

    def __init__(self, folder: Folder, threads: int = 1) -> None:
        self.description = folder.description
        encoder = encoder_of(folder)
        if encoder is None or not self.description.state:
            raise CheckpointError(f"{folder.path} holds a language model without tokenizer or state. Export it again.")
        self.encoder, self.start = encoder, folder.start()
        self.whole, self.step = whole_graph(folder, threads), step_graph(folder, threads)

    def generate(
        self,
        prompt: str,
        max_new_tokens: int = 400,
        temperature: float = 0.0,
        top_k: int = 0,
        seed: int | None = None,
    ) -> str:
        """Go on with a text.

        Args:
            prompt: what is gone on from.
            max_new_tokens: most tokens to write.
            temperature: 0 (default) always takes the likeliest token; below 1 is more careful, above 1 wilder.
            top_k: choose among the k likeliest tokens; 0 (default) is all.
            seed: write the same again; the random numbers are numpy's, not torch's.

        Returns:
            The new text, without the prompt; it ends early where the model says so.

        Raises:
            DataError: if the prompt is empty, or an option out of its range.
        """
        return "".join(self.iterate(prompt, max_new_tokens, temperature, top_k, seed))

    def iterate(
        self,
        prompt: str,
        max_new_tokens: int = 400,
        temperature: float = 0.0,
        top_k: int = 0,
        seed: int | None = None,
    ) -> Iterator[str]:
        """Go on with a text and hand out each piece as it is written; arguments are those of `generate`."""
        if not isinstance(prompt, str) or not prompt:
            raise DataError(f"the prompt is {prompt!r}; a model needs a text to go on from.")
        for name, value, least in (("max_new_tokens", max_new_tokens, 1), ("top_k", top_k, 0)):
            if type(value) is not int or value < least:
                raise DataError(f"{name} is {value!r}; expected a whole number from {least} on.")
        if not temperature >= 0:
            raise DataError(f"temperature is {temperature!r}; expected 0 or more.")
        ids = self.encoder.rows([prompt], special_tokens=False)[0].ids
        if not ids:
            raise DataError(f"the prompt {prompt!r} has no token; a model needs one to go on from.")
        choice = Choice(temperature, top_k, seed)
        return self._pieces(ids, max_new_tokens, choice)

    def _pieces(self, prompt: list[int], count: int, choice: "Choice") -> Iterator[str]:
        before = prompt[-TAIL:]
        for token in self.tokens(prompt, count, choice):
            # Some tokenizers put a space between tokens: a new one is decoded in the company of those before it.
            shown, grown = self.encoder.decode(before), self.encoder.decode([*before, token])
            yield grown[len(shown) :] if grown.startswith(shown) else self.encoder.decode([token])
            before = [*before, token][-TAIL:]

    def tokens(self, prompt: list[int], count: int, choice: "Choice") -> Iterator[int]:
        """Write tokens behind those of a prompt; one that ends a text is not given out."""
        logits, state = self.read(prompt)
        ends = set(self.description.eos_token_ids)
        for place in range(count):
            token = choice(logits)
            if token in ends:
                return
            yield token
            if place + 1 < count:
                found = self.step({"input_ids": np.array([token], np.int64), **state})
                logits, state = found["logits"][0], self.after(found)

    def read(self, ids: list[int], state: Arrays | None = None) -> tuple[np.ndarray, Arrays]:
        """Read tokens from a state, or from the beginning: the scores of what may follow (V,), and the state."""
        state = self.start if state is None else state
        logits = np.zeros(self.description.vocab_size or 0, np.float32)
        for begin in range(0, len(ids), CHUNK):
            part = np.array([ids[begin : begin + CHUNK]], np.int64)
            found = self.whole({"input_ids": part, "attention_mask": np.ones_like(part), **state})
            logits, state = found["logits"][0, -1], self.after(found)
        return logits, state

    def after(self, found: Arrays) -> Arrays:
        """Return the state out of what a graph gave."""
        return {name: found[new(name)] for name in self.start}


class Choice:
    """Chooses a token.

    Args:
        temperature: 0 is the likeliest token.
        top_k: among how many; 0 is all.
        seed: of numpy's random numbers.
    """

    def __init__(self, temperature: float = 0.0, top_k: int = 0, seed: int | None = None) -> None:
        self.temperature, self.top_k = temperature, top_k
        self.random: Any = np.random.default_rng(seed)

    def __call__(self, logits: np.ndarray) -> int:
        """Choose by the scores (V,) of all tokens."""
        if not self.temperature:
            return int(logits.argmax())
        scores = logits.astype(np.float64) / self.temperature
        if 0 < self.top_k < len(scores):
            scores = np.where(scores < np.partition(scores, -self.top_k)[-self.top_k], -np.inf, scores)
        return int(self.random.choice(len(scores), p=softmax(scores)))
