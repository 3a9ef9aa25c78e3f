"""How blocks of a long row become one vector: each kind of pooling, kept up to date while the blocks go by."""

import torch
from torch import Tensor

from seqkit.models.pooling import Pooling


class RunningPooling:
    """What `Pooling` makes of a whole row, from its blocks.

    The mean is a sum that grows, attention a softmax whose largest score so far is divided out (Milakov & Gimelshein,
    2018); nothing of a block is kept.

    Args:
        pooling: the pooling of a classifier.

    Source:
        Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018.
    """

    def __init__(self, pooling: Pooling) -> None:
        self.pooling = pooling
        self.first: Tensor | None = None  # the row's first output (1, H)
        self.last: Tensor | None = None
        self.largest: Tensor | None = None
        self.sum: Tensor | float = 0.0
        self.count = 0
        self.top: Tensor | None = None  # the largest score so far (1,)
        self.mass: Tensor | float = 0.0  # of the softmax, in units of exp(top)
        self.weighted: Tensor | float = 0.0

    def add(self, y: Tensor) -> None:
        """Take the next block (1, t, H) of outputs; none of it is padding."""
        if not y.shape[1]:
            return
        self.first = y[:, 0] if self.first is None else self.first
        self.last = y[:, -1]
        highest = y.amax(1)
        self.largest = highest if self.largest is None else torch.maximum(self.largest, highest)
        self.sum, self.count = self.sum + y.sum(1, dtype=torch.float64), self.count + y.shape[1]
        if self.pooling.score is not None:
            self._attend(y, self.pooling.score(torch.tanh(y))[..., 0])

    def _attend(self, y: Tensor, scores: Tensor) -> None:
        top = scores.amax(1) if self.top is None else torch.maximum(self.top, scores.amax(1))
        shrink = 1.0 if self.top is None else (self.top - top).exp()
        weights = (scores - top[:, None]).exp()  # (1, t)
        self.mass = self.mass * shrink + weights.sum(1)
        self.weighted = self.weighted * shrink + (weights[..., None] * y).sum(1)
        self.top = top

    def result(self) -> Tensor:
        """Return the row's vector (1, H), or (1, 3H) for `"concat"`; zeros if nothing was added."""
        if self.last is None:
            return torch.zeros(1, self.pooling.width)
        found = {"last": self._end, "mean": self._mean, "max": self._max, "attention": self._attention}
        kinds = ("last", "max", "mean") if self.pooling.kind == "concat" else (self.pooling.kind,)
        return torch.cat([found[kind]() for kind in kinds], -1)

    def _end(self) -> Tensor:
        assert self.last is not None
        assert self.first is not None
        if not self.pooling.bidirectional:
            return self.last
        half = self.last.shape[-1] // 2
        return torch.cat([self.last[:, :half], self.first[:, half:]], -1)

    def _max(self) -> Tensor:
        assert self.largest is not None
        return self.largest

    def _mean(self) -> Tensor:
        assert self.last is not None
        return (self.sum / self.count).to(self.last.dtype)  # type: ignore[union-attr]

    def _attention(self) -> Tensor:
        return self.weighted / self.mass  # type: ignore[return-value]
