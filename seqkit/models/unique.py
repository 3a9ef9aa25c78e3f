"""The different rows among many: what is computed once for each of them serves all."""

import torch
from torch import Tensor

_SEED = 20160607


def unique_rows(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Find the different rows of a matrix.

    Each row is summed up in one number, by a sum with odd random weights that overflows on purpose, since sorting
    numbers is many times faster than sorting rows. Whether rows of one number are one row is then looked at: the result
    is exact.

    Args:
        rows: whole numbers (N, C).

    Returns:
        The different rows (U, C), and for each row its place among them (N,).

    Example:
        >>> found, places = unique_rows(torch.tensor([[1, 2], [3, 4], [1, 2]]))
        >>> torch.equal(found[places], torch.tensor([[1, 2], [3, 4], [1, 2]])), len(found)
        (True, 2)
    """
    sums = (rows.long() * _weights(rows.shape[1], rows.device)).sum(1)
    values, places = sums.unique(return_inverse=True)
    first = places.new_empty(len(values)).scatter_(0, places, torch.arange(len(rows), device=rows.device))
    found = rows[first]
    if not torch.equal(found[places], rows):  # two rows with one number, once in 10^12 batches
        found, places = rows.unique(dim=0, return_inverse=True)
    return found, places


def _weights(count: int, device: torch.device) -> Tensor:
    """Return odd numbers of 63 bits, the same in every process."""
    generator = torch.Generator().manual_seed(_SEED)
    drawn = torch.randint(2**62, (count,), generator=generator)
    return (2 * drawn + 1).to(device)
