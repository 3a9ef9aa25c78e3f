"""How a stream is cut into segments: all of one length, or of random lengths, so that its borders move."""

from collections.abc import Iterator

import numpy as np
from torch.utils.data import Sampler

USUAL, SPREAD, SHORTEST = 0.95, 5.0, 5
"""How often the base length is kept and not halved, the jitter's standard deviation, and the least length (tokens)."""


def random_lengths(count: int, base: int, seed: int | tuple[int, ...]) -> np.ndarray:
    """Draw lengths of segments: `max(5, int(N(m, 5)))` with m the base length in 95 % of cases, else its half.

    Args:
        count: how many.
        base: the base length T, in tokens; where it is below 5, so is the least length.
        seed: what they follow from.

    Source:
        Merity et al., "Regularizing and optimizing LSTM language models", ICLR 2018 (section 5, variable length
        backpropagation sequences).

    Example:
        >>> random_lengths(6, 70, seed=0).tolist()
        [76, 74, 66, 63, 66, 70]
    """
    random = np.random.default_rng(seed)
    means = np.where(random.random(count) < USUAL, base, base / 2)
    return np.maximum(random.normal(means, SPREAD).astype(np.int64), min(SHORTEST, base))


class Segments:
    """The segments of one stream, in each epoch.

    Random lengths are drawn once and shuffled anew for each epoch: all epochs have as many segments and read as many
    tokens, so a training knows its number of steps beforehand and can be resumed within any of them.

    Args:
        tokens: length of the stream, at least `length`.
        length: tokens T of a segment.
        seed: seed of random lengths around T; None makes all segments T long.

    Attributes:
        count: number of segments.
        covered: tokens in all of them; the rest, less than a segment, is left out.
    """

    def __init__(self, tokens: int, length: int, seed: int | None = None) -> None:
        self.length, self.seed = length, seed
        self.count, self.covered = tokens // length, tokens // length * length
        if seed is not None:
            drawn = random_lengths(2 * self.count + 1, length, seed)
            ends = drawn.cumsum()
            self.lengths = drawn[ends <= tokens] if ends[0] <= tokens else np.array([tokens])
            self.count, self.covered = len(self.lengths), int(self.lengths.sum())

    def spans(self, epoch: int, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where segments of an epoch begin in the stream and how long they are, for each of `numbers` (N,)."""
        if self.seed is None:
            return numbers * self.length, np.full_like(numbers, self.length)
        lengths = np.random.default_rng((self.seed, epoch)).permutation(self.lengths)
        return (lengths.cumsum() - lengths)[numbers], lengths[numbers]


class EpochSampler(Sampler[tuple[int, int]]):
    """All items in their order, each as `(epoch, item)`, for data that is cut in another way in each epoch.

    The epoch travels with the item, so that it also reaches worker processes that outlive it.

    Args:
        length: number of items.

    Example:
        >>> sampler = EpochSampler(2)
        >>> sampler.set_epoch(3)
        >>> list(sampler)
        [(3, 0), (3, 1)]
    """

    def __init__(self, length: int) -> None:
        self.length, self.epoch = length, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that comes next."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((self.epoch, item) for item in range(self.length))
