"""How a sequence becomes one vector."""

import torch
from torch import Tensor, nn


class Pooling(nn.Module):
    """Pool the outputs of the last layer: (B, T, H) -> (B, H), or (B, 3H) for `"concat"`.

    A row without real tokens pools to zeros.

    Args:
        kind: `"last"`: the last real token forwards and the first backwards; `"mean"` or `"max"` over the real
            tokens; `"attention"`: a mean weighted by a learnt score (Yang et al., 2016); `"concat"`: last, max and
            mean side by side (Howard & Ruder, 2018).
        size: width of the vectors, 2H in both directions.
        bidirectional: whether the second half of a vector was read backwards.
    """

    def __init__(self, kind: str, size: int, bidirectional: bool) -> None:
        super().__init__()
        self.kind, self.bidirectional = kind, bidirectional
        self.width = 3 * size if kind == "concat" else size
        self.score = nn.Linear(size, 1, bias=False) if kind == "attention" else None

    def forward(self, y: Tensor, mask: Tensor | None) -> Tensor:
        """Pool y (B, T, H) over the real places of mask (B, T)."""
        if y.shape[1] == 0:
            return y.new_zeros(y.shape[0], self.width)
        real = torch.ones(y.shape[:2], dtype=torch.bool, device=y.device) if mask is None else mask
        pooled = getattr(self, self.kind)(y, real)  # (B, H)
        return pooled if mask is None else torch.where(mask.any(1, keepdim=True), pooled, 0.0)

    def last(self, y: Tensor, real: Tensor) -> Tensor:
        """Take the token at which each direction has read everything."""
        rows, places = torch.arange(y.shape[0], device=y.device), torch.arange(y.shape[1], device=y.device)
        ends = y[rows, torch.where(real, places, -1).amax(1).clamp(min=0)]
        if not self.bidirectional:
            return ends
        starts = y[rows, real.int().argmax(1)]
        half = y.shape[-1] // 2
        return torch.cat([ends[:, :half], starts[:, half:]], -1)

    def mean(self, y: Tensor, real: Tensor) -> Tensor:
        """Average over real tokens; outputs are zero elsewhere."""
        return torch.where(real[..., None], y, 0.0).sum(1) / real.sum(1, keepdim=True).clamp(min=1)

    def max(self, y: Tensor, real: Tensor) -> Tensor:
        """Take each unit's largest value over real tokens."""
        return torch.where(real[..., None], y, torch.finfo(y.dtype).min).amax(1)

    def attention(self, y: Tensor, real: Tensor) -> Tensor:
        """Weigh real tokens by a softmax of their scores."""
        assert self.score is not None
        scores = torch.where(real, self.score(torch.tanh(y))[..., 0], torch.finfo(y.dtype).min)  # (B, T)
        return (scores.softmax(1)[..., None] * y).sum(1)

    def concat(self, y: Tensor, real: Tensor) -> Tensor:
        """Put what was read at the end beside the largest and the mean values."""
        return torch.cat([self.last(y, real), self.max(y, real), self.mean(y, real)], -1)
