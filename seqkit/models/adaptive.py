"""A softmax over a large vocabulary that spends its time on the frequent words."""

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqkit.models.cross_entropy import linear_cross_entropy
from seqkit.models.inputs import IGNORED


class AdaptiveSoftmax(nn.Module):
    """A language model's head for ids that are sorted by falling frequency (Grave et al., 2017).

        log p(w | h) = log p(w | h)                                   for the frequent words, w < c_1
                       log p(cluster k | h) + log p(w | h, k)         for w in cluster k: c_k <= w < c_{k+1}

    In training only the clusters of a batch's own targets are computed. The mathematics, and the widths of the
    clusters, are those of `torch.nn.AdaptiveLogSoftmaxWithLoss`; but its matrix may be the embedding.

    Args:
        size: width H of the vectors.
        cutoffs: where clusters begin, increasing; the words below the first are the frequent ones.
        vocabulary: number of words V.
        div_value: cluster k is scored with vectors of width H // div_value^k; 1 keeps H.
        tied: whether one matrix (V, H) scores all words, so that it can be the embedding; `div_value` is then not used.

    Source:
        Grave et al., "Efficient softmax approximation for GPUs", 2017.

    Example:
        >>> head = AdaptiveSoftmax(8, [4, 10], 30, div_value=2.0)
        >>> round(head(torch.randn(8)).exp().sum().item(), 4)
        1.0
    """

    def __init__(self, size: int, cutoffs: list[int], vocabulary: int, div_value: float, tied: bool = False) -> None:
        super().__init__()
        self.bounds = list(itertools.pairwise([0, *cutoffs, vocabulary]))
        self.out_features, self.tied = vocabulary, tied
        self.clusters = nn.Linear(size, len(cutoffs), bias=False)
        if tied:
            self.weight = nn.Parameter(torch.empty(vocabulary, size))
            return
        widths = [int(size // div_value**k) for k in range(1, len(self.bounds))]
        self.projections = nn.ModuleList(nn.Linear(size, width, bias=False) for width in widths)
        sizes = [high - low for low, high in self.bounds]
        pairs = zip([size, *widths], sizes, strict=True)
        self.words = nn.ModuleList(nn.Linear(width, count, bias=False) for width, count in pairs)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return the logarithm of every word's probability: (..., H) -> (..., V)."""
        frequent = self.bounds[0][1]
        head = F.linear(hidden, self._head()).log_softmax(-1)
        parts = [head[..., :frequent]]
        for k in range(1, len(self.bounds)):
            x, weight = self._cluster(k, hidden)
            parts.append(F.linear(x, weight).log_softmax(-1) + head[..., frequent + k - 1, None])
        return torch.cat(parts, -1)

    def loss(self, hidden: Tensor, targets: Tensor, num_items: Tensor | int | None = None) -> Tensor:
        """Return the cross-entropy in nats, a scalar, without the scores of clusters that no target is in.

        Args:
            hidden: vectors (..., H).
            targets: words (...), -100 where not counted.
            num_items: what the sum is divided by; None is the number of counted targets.
        """
        hidden, targets = hidden.reshape(-1, hidden.shape[-1]), targets.reshape(-1)
        places, frequent = targets.clone(), self.bounds[0][1]
        total: Tensor | float = 0.0
        for k, (low, high) in enumerate(self.bounds[1:], 1):
            rows = ((targets >= low) & (targets < high)).nonzero()[:, 0]
            places[rows] = frequent + k - 1
            if len(rows):
                total = total + linear_cross_entropy(*self._cluster(k, hidden[rows]), None, targets[rows] - low, 1)
        total = total + linear_cross_entropy(hidden, self._head(), None, places, 1)
        return total / ((targets != IGNORED).sum() if num_items is None else num_items)

    def _head(self) -> Tensor:
        """Return the matrix that scores the frequent words and, behind them, the clusters."""
        words = self.weight[: self.bounds[0][1]] if self.tied else self.words[0].weight
        return torch.cat([words, self.clusters.weight])  # type: ignore[list-item]

    def _cluster(self, k: int, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Return the vectors that cluster k looks at, and the matrix that scores its words."""
        if self.tied:
            low, high = self.bounds[k]
            return hidden, self.weight[low:high]
        return self.projections[k - 1](hidden), self.words[k].weight  # type: ignore[return-value]
