"""A linear-chain conditional random field: scores of whole sequences of tags, in logarithms."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqkit_crf.constraints import moves

NEVER = -1e4
"""The score of what is not allowed: its exponential is 0, and it is finite, so that no gradient is NaN."""


class CRF(nn.Module):
    """Linear-chain conditional random field (Lafferty et al., 2001).

        score(x, y) = s[y_1] + Σ_t e_t[y_t] + Σ_t A[y_{t-1}, y_t] + z[y_T]
        p(y | x) = exp(score(x, y)) / Z(x),    Z(x) = Σ_y exp(score(x, y))

    Padded places, wherever they stand, are no part of a sequence. A row without tokens has Z = 1.

    Args:
        labels: names of the tags; BIO and BIOES forbid what is no span, other names forbid nothing.

    Attributes:
        transitions: A, from tag to tag, (N, N).
        starts: s, (N,).
        ends: z, (N,).

    Source:
        Lafferty, McCallum & Pereira, "Conditional random fields", ICML 2001.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__()
        self.labels, self.moves = list(labels), moves(labels)
        self.transitions = nn.Parameter(torch.zeros(len(labels), len(labels)))
        self.starts, self.ends = (nn.Parameter(torch.zeros(len(labels))) for _ in range(2))

    def scores(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return A, s and z in float32, NEVER where the labels forbid it."""
        allowed = torch.tensor(self.moves, device=self.starts.device)
        given = self.transitions.float(), self.starts.float(), self.ends.float()
        places = allowed[:-1, :-1], allowed[-1, :-1], allowed[:-1, -1]
        a, s, z = (torch.where(place, score, NEVER) for place, score in zip(places, given, strict=True))
        return a, s, z

    def log_partition(self, emissions: Tensor, real: Tensor) -> Tensor:
        """Return log Z: emissions e (B, T, N) and truth at real tokens (B, T) -> (B,)."""
        a, s, z = (score.to(exact(emissions.device)) for score in self.scores())
        moves = a.exp()
        alpha, begun = s.expand(len(emissions), -1), torch.zeros_like(real[:, 0]) if real.shape[1] else None
        for e, here in zip(emissions.to(a.dtype).unbind(1), real.unbind(1), strict=True):
            before = torch.where(begun[:, None], follow(alpha, moves), s)  # (B, N)
            alpha = torch.where(here[:, None], before + e, alpha)
            begun = begun | here
        total = (alpha + z).logsumexp(1)
        return (total if begun is None else torch.where(begun, total, 0.0)).float()

    def score(self, emissions: Tensor, tags: Tensor, real: Tensor) -> Tensor:
        """Return score(x, y): emissions e (B, T, N), a tag at every real token (B, T) -> (B,)."""
        a, s, z = self.scores()
        y = tags.clamp(min=0)
        e = emissions.float().gather(2, y[..., None])[..., 0]  # (B, T)
        places = torch.arange(y.shape[1], device=y.device)
        seen = torch.where(real, places, -1).cummax(1).values  # the last real place up to each, -1 if there is none
        before = F.pad(seen[:, :-1], (1, 0), value=-1)
        moved = torch.where(before < 0, s[y], a[y.gather(1, before.clamp(min=0)), y])
        last = y.gather(1, seen[:, -1:].clamp(min=0))[:, 0]
        return torch.where(real, moved + e, 0.0).sum(1) + torch.where(real.any(1), z[last], 0.0)

    def loss(self, emissions: Tensor, labels: Tensor, real: Tensor) -> Tensor:
        """Return -log p of the labels (B,); places with a negative label are summed over all tags.

        Args:
            emissions: e (B, T, N).
            labels: tags (B, T), -100 where unknown.
            real: true at real tokens, (B, T).
        """
        if labels.shape[1] and bool((labels[real] >= 0).all()):
            return self.log_partition(emissions, real) - self.score(emissions, labels, real)
        tags = torch.arange(len(self.labels), device=labels.device)
        fits = (labels[..., None] == tags) | (labels[..., None] < 0)  # (B, T, N)
        known = torch.where(fits, emissions.float(), NEVER)
        return self.log_partition(emissions, real) - self.log_partition(known, real)

    def marginals(self, emissions: Tensor, real: Tensor) -> Tensor:
        """Return p(y_t | x) exactly, (B, T, N): the gradient of log Z; zeros at padding."""
        with torch.inference_mode(False), torch.enable_grad():
            # Copies: tensors of inference mode are not let into a gradient.
            e, real = emissions.detach().float().clone().requires_grad_(), real.clone()
            return torch.autograd.grad(self.log_partition(e, real).sum(), e)[0]

    def decode(self, emissions: Tensor, real: Tensor, n: int = 1) -> tuple[Tensor, Tensor]:
        """Find the best sequences of tags (Viterbi).

        Args:
            emissions: e (B, T, N).
            real: true at real tokens, (B, T).
            n: how many sequences, the best first.

        Returns:
            Tags (B, n, T), -100 at padding, and their scores (B, n); where a row has fewer sequences, the rest of the
            scores are at most NEVER.
        """
        a, s, z = self.scores()
        rows, steps, count = emissions.shape
        alpha = emissions.new_full((rows, n, count), 10 * NEVER, dtype=torch.float32)  # the n best that end in each tag
        alpha[:, 0] = s
        begun, back = torch.zeros(rows, dtype=torch.bool, device=real.device), []
        stay = torch.arange(n * count, device=real.device).expand(rows, -1)  # (B, n*N)
        for t in range(steps):
            best, places = (alpha[..., None] + a).flatten(1, 2).topk(n, 1)  # (B, n, N) of n*N
            first = alpha + emissions[:, t, None].float()
            moved = torch.where(begun[:, None, None], best + emissions[:, t, None].float(), first)
            here = real[:, t, None]
            back.append(torch.where(here & begun[:, None], places.flatten(1), stay))
            alpha = torch.where(here[..., None], moved, alpha)
            begun = begun | real[:, t]
        last = torch.where(begun[:, None, None], alpha + z, alpha)
        scores, place = last.flatten(1).topk(n, 1)  # (B, n)
        tags = []
        for t in reversed(range(steps)):
            tags.append(torch.where(real[:, t, None], place % count, -100))
            place = back[t].gather(1, place)
        found = torch.stack(tags[::-1], -1) if tags else place.new_zeros(rows, n, 0)
        return found, torch.where(begun[:, None], scores, 0.0)


def follow(alpha: Tensor, moves: Tensor) -> Tensor:
    """Return log Σ_i exp(α_i + A_ij) as a product of matrices: α (B, N) and exp(A) (N, N) -> (B, N).

    In 64 bits only what is less than e^-700 of the greatest is lost.
    """
    peak = alpha.detach().amax(1, keepdim=True)
    tiny = torch.finfo(alpha.dtype).tiny
    return peak + ((alpha - peak).exp() @ moves).clamp(min=tiny).log()


def exact(device: torch.device) -> torch.dtype:
    """Return the precision that sums of exponentials are taken in: 64 bits, where the device has them."""
    return torch.float32 if device.type == "mps" else torch.float64
