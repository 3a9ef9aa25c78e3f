"""Random masks for dropout: a row's masks are its own, whatever batch it stands in and whichever plan runs it.

Each row has a number, drawn for it in each forward pass, and each use of a mask has a name; both together seed the
generator of that mask. A padded place takes no random number, so padding moves no mask.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from seqkit.engine.padding import Alignment
from seqkit.engine.tracing import tracing

MOST = 1 << 62
"""Above all numbers that are drawn for rows."""


class Masks:
    """Masks as torch draws them, by place in the batch: for tracers, which cannot follow a generator for each row."""

    def at(self, name: str) -> "Masks":
        """Return the masks of one use, which are others than those of any other name."""
        return self

    def rows(self, rate: float, like: Tensor, real: Tensor | None = None) -> Tensor:
        """Draw for each row, true at this rate.

        Args:
            rate: probability of true.
            like: gives shape, (B, ·) or (B, T, ·), and device.
            real: true at real tokens (B, T), if `like` has an axis of time and rows are padded.
        """
        return self.shared(rate, like)

    def shared(self, rate: float, like: Tensor) -> Tensor:
        """Draw once for all rows, true at this rate, in any shape."""
        return torch.empty_like(like, dtype=torch.bool).bernoulli_(rate)


@dataclass(frozen=True)
class SeededMasks(Masks):
    """Masks that depend on a row's number and on their use, and on nothing else.

    Args:
        numbers: one for each row.
        number: that of the masks that all rows share.
        use: names of the use, from the outermost to the innermost.
    """

    numbers: Sequence[int]
    number: int
    use: str = ""

    def at(self, name: str) -> "SeededMasks":
        """Return the masks of one use."""
        return replace(self, use=f"{self.use}/{name}")

    def rows(self, rate: float, like: Tensor, real: Tensor | None = None) -> Tensor:
        """Draw for each row."""
        mask = torch.empty(like.shape, dtype=torch.bool, device=like.device)
        generator = torch.Generator(like.device)
        for number, row in zip(self.numbers, mask, strict=True):
            row.bernoulli_(rate, generator=generator.manual_seed(mix(number, self.use)))
        return mask if real is None else Alignment.of(real).back(mask)

    def shared(self, rate: float, like: Tensor) -> Tensor:
        """Draw once for all rows."""
        generator = torch.Generator(like.device).manual_seed(mix(self.number, self.use))
        return torch.empty(like.shape, dtype=torch.bool, device=like.device).bernoulli_(rate, generator=generator)


@dataclass
class _Numbering:
    """The rows that were read inside a block of `dropout_seed`."""

    seed: int
    next_row: int


_numbering: ContextVar[_Numbering | None] = ContextVar("numbering", default=None)


@contextmanager
def dropout_seed(seed: int, first_row: int = 0) -> Iterator[None]:
    """Take all dropout masks inside the block from a seed, in place of torch's global random numbers.

    Rows are counted through the block: a batch gives the same gradients in one piece and in parts, one after another.
    Masks that all rows share (of weights, of token types) are the same in all parts.

    Args:
        seed: any whole number.
        first_row: number of the first row, for a process that reads a later part of the batch.

    Example:
        >>> x = torch.zeros(5, 4)
        >>> with dropout_seed(7):
        ...     whole = masks_for(5).rows(0.5, x)
        >>> with dropout_seed(7):
        ...     parts = torch.cat([masks_for(2).rows(0.5, x[:2]), masks_for(3).rows(0.5, x[2:])])
        >>> torch.equal(whole, parts)
        True
    """
    token = _numbering.set(_Numbering(seed, first_row))
    try:
        yield
    finally:
        _numbering.reset(token)


def masks_for(rows: int) -> Masks:
    """Return where the masks of one forward pass over so many rows come from.

    Outside of `dropout_seed` each row takes one of torch's global random numbers, in their order, so that the same seed
    gives a row the same masks in any batch; those that all rows share follow from the first row's.
    """
    if tracing():
        return Masks()
    numbering = _numbering.get()
    if numbering is None:
        numbers = torch.randint(MOST, (rows,), device="cpu").tolist()
        return SeededMasks(numbers, numbers[0] if numbers else 0)
    first, numbering.next_row = numbering.next_row, numbering.next_row + rows
    return SeededMasks([mix(numbering.seed, f"row {first + row}") for row in range(rows)], numbering.seed)


def drop(x: Tensor, kept: Tensor, rate: float) -> Tensor:
    """Put zeros into x where a mask of its shape, or one to broadcast, is false at a rate; the mean is kept."""
    return x * kept.to(x.dtype).div_(1 - rate)


def mix(number: int, name: str) -> int:
    """Return a seed made of a number and a name, the same in every process."""
    return int.from_bytes(hashlib.blake2b(f"{number} {name}".encode(), digest_size=7).digest(), "little")
