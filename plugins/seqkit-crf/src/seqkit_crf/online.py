"""The best sequence of tags while the scores still come: a tag is given once all candidates agree on it."""

import numpy as np
from torch import Tensor

from seqkit_crf.crf import CRF

FIRST_LOOK = 64
"""Tokens after which survivors are first looked back at."""


class OnlineViterbi:
    """Viterbi's best path over a row that comes in blocks, exactly, in memory that does not grow with the row.

    Every tag of the newest token has a best path behind it. Where all of these paths go through one tag, the past is
    decided whatever comes; it is given away and forgotten. In a trained field that is a few words back.

    Args:
        crf: the field.

    Source:
        Šrámek, Brejová and Vinař, "On-line Viterbi algorithm for analysis of long biological sequences", WABI 2007.
    """

    def __init__(self, crf: CRF) -> None:
        # In 64 bits, and relative to the best: scores of a hundred thousand words add up beyond what 32 can tell apart.
        self.moves, self.starts, self.ends = (
            score.detach().double().cpu().numpy().T if score.dim() == 2 else score.detach().double().cpu().numpy()
            for score in crf.scores()
        )
        self.best: np.ndarray | None = None  # of the paths that end in each tag (N,)
        self.back: list[np.ndarray] = []  # for each undecided token but the first, the tag before, (N,)
        self.look = FIRST_LOOK

    def feed(self, scores: Tensor) -> list[int]:
        """Take the next scores (1, t, N), and return the tags that are certain by now and were not before."""
        for e in scores[0].double().cpu().numpy():
            if self.best is None:
                self.best = self.starts + e
                continue
            through = self.moves + self.best  # (N to, N from)
            before = through.argmax(1)
            self.best = through[np.arange(len(before)), before] + e
            self.best -= self.best.max()
            self.back.append(before)
        return self._decided() if len(self.back) >= self.look else []

    def finish(self) -> list[int]:
        """Return the tags of the rest of the best path."""
        if self.best is None:
            return []
        tags = self._trace(int((self.best + self.ends).argmax()), len(self.back))
        self.best, self.back = None, []
        return tags

    def _decided(self) -> list[int]:
        """Walk all survivors back until they meet; give what lies before that place away."""
        assert self.best is not None
        alive = np.arange(len(self.best))
        tags: list[int] = []
        for place in range(len(self.back) - 1, -1, -1):
            alive = np.unique(self.back[place][alive])
            if len(alive) == 1:
                tags = self._trace(int(alive[0]), place)
                self.back = self.back[place + 1 :]
                # The token behind the last one given is the first of what is left.
                break
        # Looking back costs as much as there is to walk: it waits until as much again has come.
        self.look = max(FIRST_LOOK, 2 * len(self.back))
        return tags

    def _trace(self, tag: int, place: int) -> list[int]:
        """Follow the path that has `tag` behind the first `place` pointers, back to the first undecided token."""
        tags = [tag]
        for before in reversed(self.back[:place]):
            tags.append(int(before[tags[-1]]))
        return tags[::-1]
