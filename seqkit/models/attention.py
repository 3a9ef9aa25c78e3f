"""Attention: what a decoder's state finds in an encoder's outputs, with padding left out exactly."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Memory:
    """What there is to look at, made ready once for all steps.

    Args:
        values: the encoder's outputs (B, S, M), zeros where padded.
        keys: what queries are compared with, (B, S, A).
        mask: true at real places, (B, S), or None if all are.
    """

    values: Tensor
    keys: Tensor
    mask: Tensor | None

    def map(self, f: Callable[[Tensor], Tensor]) -> "Memory":
        """Return the memory with every tensor t replaced by f(t)."""
        # Without keys of its own attention compares with the values themselves.
        values = f(self.values)
        keys = values if self.keys is self.values else f(self.keys)
        return replace(self, values=values, keys=keys, mask=None if self.mask is None else f(self.mask).bool())


class Attention(nn.Module):
    """Scores places of a memory by a query, and takes their weighted mean.

        e_ts = score(q_t, m_s)        a_t = softmax over real s of e_ts        c_t = Σ_s a_ts m_s

    The subclass says how a pair is scored. A padded place has the weight 0 exactly, and no gradient.

    Args:
        query_size: width H of a query.
        memory_size: width M of a place of the memory.
        size: width A in which both are compared, for kinds that choose one.
    """

    def __init__(self, query_size: int, memory_size: int, size: int) -> None:
        super().__init__()
        self.query_size, self.memory_size, self.size = query_size, memory_size, size

    def keys(self, memory: Tensor) -> Tensor:
        """Compute all that needs no query: (B, S, M) -> (B, S, A)."""
        return memory

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Score every place for every query: (B, T, H) and (B, S, A) -> (B, T, S)."""
        return query @ keys.mT

    def remember(self, memory: Tensor, mask: Tensor | None = None) -> Memory:
        """Make a memory ready to be looked at.

        Args:
            memory: the encoder's outputs (B, S, M); padded places may hold anything.
            mask: true at real places, (B, S), or None if all are.
        """
        # The values too, not only their weights: 0 x NaN is NaN.
        values = memory if mask is None else torch.where(mask[..., None], memory, 0.0)
        return Memory(values, self.keys(values), mask)

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Look at a memory.

        Args:
            query: what looks (B, T, H).
            memory: what `remember` gave.

        Returns:
            The context c (B, T, M), and the weights a (B, T, S), which sum to 1 over the real places.
        """
        scores = self.scores(query, memory.keys)
        if memory.mask is not None:
            # The lowest number, not -inf: of a row without real places -inf would make NaN.
            scores = scores.masked_fill(~memory.mask[:, None], torch.finfo(scores.dtype).min)
        weights = torch.softmax(scores, -1)
        if memory.mask is not None:
            weights = weights.masked_fill(~memory.mask[:, None], 0.0)
        return weights.to(memory.values.dtype) @ memory.values, weights


class DotAttention(Attention):
    """Score q · m, for queries as wide as the memory.

    Source: Luong, Pham & Manning, Effective Approaches to Attention-based Neural Machine Translation, 2015.
    """


class GeneralAttention(Attention):
    """Score qᵀ W m.

    Source: Luong, Pham & Manning, Effective Approaches to Attention-based Neural Machine Translation, 2015.

    Args:
        query_size: width H of a query.
        memory_size: width M of a place of the memory.
        size: taken and ignored.
    """

    def __init__(self, query_size: int, memory_size: int, size: int) -> None:
        super().__init__(query_size, memory_size, size)
        self.key = nn.Linear(memory_size, query_size, bias=False)

    def keys(self, memory: Tensor) -> Tensor:
        """Compute W m, (B, S, H)."""
        return self.key(memory)


class AdditiveAttention(Attention):
    """Score vᵀ tanh(W q + U m + b).

    Source: Bahdanau, Cho & Bengio, Neural Machine Translation by Jointly Learning to Align and Translate, 2015.

    Args:
        query_size: width H of a query.
        memory_size: width M of a place of the memory.
        size: width A of the sum.
    """

    def __init__(self, query_size: int, memory_size: int, size: int) -> None:
        super().__init__(query_size, memory_size, size)
        self.query = nn.Linear(query_size, size, bias=False)
        self.key = nn.Linear(memory_size, size)
        self.score = nn.Linear(size, 1, bias=False)

    def keys(self, memory: Tensor) -> Tensor:
        """Compute U m + b, (B, S, A)."""
        return self.key(memory)

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Score every place for every query."""
        return self.score(torch.tanh(self.query(query)[:, :, None] + keys[:, None])).squeeze(-1)


ATTENTIONS: dict[str, type[Attention]] = {
    "dot": DotAttention,
    "general": GeneralAttention,
    "additive": AdditiveAttention,
}
"""The kinds of attention by the names that a configuration gives them."""
