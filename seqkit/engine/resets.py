"""Documents inside rows: where a new one begins, the state is set back, without a step written for it.

A row is cut where it is reset, and its pieces are run as rows of their own, padded on the right:

    row       a b c | d e          pieces   a b c      from the state that was carried
                                            d e ·      from the initial state

Padding is exact under every plan, so this is too: a piece gives what its document gives alone, and no gradient flows
from one to the other. Pieces run side by side, which takes fewer steps than the row has.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqkit.cells.base import State
from seqkit.engine.padding import where


@dataclass(frozen=True)
class Pieces:
    """How rows (B, T) are cut into P pieces of up to S places, and joined again.

    Args:
        places: the place in the rows, laid one behind the other, that each place of a piece comes from, (P, S).
        real: true where a piece is not padded, (P, S).
        back: the place in the pieces, laid one behind the other, that each place of a row comes from, (B, T).
        row: the row that each piece comes from, (P,).
        carried: true for pieces that go on from the state of before, (P,).
        last: each row's last piece, (B,).
    """

    places: Tensor
    real: Tensor
    back: Tensor
    row: Tensor
    carried: Tensor
    last: Tensor

    @classmethod
    def of(cls, resets: Tensor) -> "Pieces":
        """Find the pieces of rows; `resets` (B, T) is true where the state is set back before the step."""
        rows, steps = resets.shape
        begins = resets.clone()
        begins[:, 0] = True
        begin = begins.flatten().nonzero()[:, 0]  # (P,)
        piece = begins.flatten().cumsum(0) - 1  # (B*T,)
        lengths = torch.diff(begin, append=begin.new_tensor([rows * steps]))
        offsets = torch.arange(int(lengths.max()), device=resets.device)
        real = offsets < lengths[:, None]
        within = torch.arange(rows * steps, device=resets.device) - begin[piece]
        return cls(
            places=torch.where(real, begin[:, None] + offsets, begin[:, None]),
            real=real,
            back=(piece * len(offsets) + within).view(rows, steps),
            row=begin // steps,
            carried=~resets.flatten()[begin],
            last=piece.view(rows, steps)[:, -1],
        )

    def cut(self, x: Tensor) -> Tensor:
        """Lay x (B, T, ...) out in pieces (P, S, ...)."""
        return x.flatten(0, 1)[self.places]

    def mask(self, mask: Tensor | None) -> Tensor:
        """Return the mask of the pieces, (P, S), for that of the rows."""
        return self.real if mask is None else self.cut(mask) & self.real

    def state(self, state: State, fresh: State) -> State:
        """Return the state before each piece, (P, ·): carried into the first of a row, initial for all others."""
        return tuple(where(self.carried, old[self.row], new[self.row]) for old, new in zip(state, fresh, strict=True))

    def join(self, y: Tensor, final: State | None) -> tuple[Tensor, State | None]:
        """Lay the outputs of the pieces (P, S, H) out in rows (B, T, H); a row ends with the state of its last."""
        return y.flatten(0, 1)[self.back], None if final is None else tuple(tensor[self.last] for tensor in final)


def backwards(resets: Tensor) -> Tensor:
    """Return the resets of rows (B, T) that are read from their ends: a border stands between the same two tokens."""
    turned = resets.flip(1).roll(1, 1)
    turned[:, 0] = False
    return turned
