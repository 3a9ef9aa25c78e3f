"""Lyapunov exponents: at what rate small changes of the state grow or die out along a real sequence."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from seqkit.diagnostics.jacobian import pulled_back
from seqkit.diagnostics.recording import Trace
from seqkit.engine.padding import where


@dataclass(frozen=True)
class Exponents:
    """The leading Lyapunov exponents of one layer and direction.

    Args:
        values: exponents in nats per token, the largest first, (K,).
        error: standard error of the largest over rows; NaN for one row.
        tokens: steps that were measured, all rows together.
    """

    values: Tensor
    error: float
    tokens: int

    @property
    def largest(self) -> float:
        """The largest exponent λ: changes grow as e^{λt}."""
        return float(self.values[0])

    @property
    def lifetime(self) -> float:
        """Tokens after which a change has shrunk to 1/e, 1/|λ|; infinite if it does not shrink."""
        return -1 / self.largest if self.largest < 0 else math.inf


def lyapunov_exponents(trace: Trace, count: int = 4, discard: float = 0.2, seed: int = 0) -> Exponents:
    """Estimate the leading Lyapunov exponents of a recurrence, driven by the batch it read.

        Q_{t-1} R_t = J_tᵀ Q_t,    λ_i = mean of ln |R_t[i, i]|,    J_t = ds_t/ds_{t-1} of the whole state

    A product of Jacobians and its transpose stretch alike, so the vectors are carried backwards, from the last step to
    the first: that takes no more than a gradient does, for any cell.

    Args:
        trace: one layer and direction, as `record` gives it.
        count: how many exponents K; at most the size of the state. Default 4.
        discard: share of the steps in which the vectors turn to their directions, not counted; default 0.2.
        seed: of the first vectors; torch's global random numbers are left alone.

    Returns:
        The exponents. A change that is wiped out wholly counts as -87, the logarithm of the least float32.

    Source:
        Engelken et al., "Lyapunov spectra of chaotic recurrent neural networks", Phys. Rev. Research 5, 2023; Vogt et
        al., "On Lyapunov exponents for RNNs", Frontiers in Applied Mathematics and Statistics 8, 2022.
    """
    first = trace.moments[0].before
    rows, size = first[0].shape[0], sum(tensor[0].numel() for tensor in first)
    q = start(rows, min(count, size), size, seed).to(first[0])
    real = trace.real.to(q.device)
    passed = real.flip(1).cumsum(1).flip(1) - 1  # (B, T): real steps that the vectors have taken before this one
    counted = real & (passed >= (discard * real.sum(1, keepdim=True)).floor())
    logs = torch.zeros(rows, q.shape[1], dtype=torch.float64, device=q.device)
    for t in range(len(trace.moments) - 1, -1, -1):
        moment = trace.moments[t]
        new, stretched = orthonormal(pulled_back(trace.step, moment.p, moment.before, q))
        q = where(real[:, t], new, q)
        logs += torch.where(counted[:, t, None], stretched.double(), 0.0)
    steps = counted.sum(1)
    each = logs[steps > 0] / steps[steps > 0, None]  # (rows, K)
    values = logs.sum(0) / steps.sum()
    spread = float(each[:, 0].std() / len(each) ** 0.5) if len(each) > 1 else math.nan
    return Exponents(values.sort(descending=True).values.cpu(), spread, int(steps.sum()))


def start(rows: int, count: int, size: int, seed: int) -> Tensor:
    """Draw orthonormal vectors (B, K, S) to begin with, the same for each row: a row's figures are its own."""
    drawn = torch.randn(size, count, generator=torch.Generator().manual_seed(seed))
    return torch.linalg.qr(drawn).Q.T.expand(rows, count, size)


def orthonormal(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Make vectors (B, K, S) orthonormal, and return the logarithms of how long each was, (B, K)."""
    q, r = torch.linalg.qr(vectors.float().transpose(1, 2) if vectors.dtype == torch.bfloat16 else vectors.mT)
    lengths = r.diagonal(dim1=1, dim2=2).abs().double()
    return q.mT.to(vectors.dtype), lengths.clamp(min=torch.finfo(torch.float32).tiny).log()
