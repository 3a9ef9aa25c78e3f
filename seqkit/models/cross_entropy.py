"""The loss of a large vocabulary without its scores: (B, T, V) is never held, only a few rows of it at a time."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seqkit.errors import StateError
from seqkit.models.inputs import IGNORED

BLOCK = 2**22
"""Scores that are held at once: 16 MB in float32, which the nearer caches of a processor still help with."""

FEWEST = 128
"""Rows at least in one product: below it, reading the weights costs more than multiplying with them."""


def linear_cross_entropy(
    hidden: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    targets: Tensor,
    num_items: Tensor | int | None = None,
    smoothing: float = 0.0,
    rows: int | None = None,
) -> Tensor:
    """Return the cross-entropy of a linear layer's scores; the scores themselves are never held.

        scores = hidden Wᵀ + b
        loss = mean over counted rows of (1 - ε) (-log p_target) + ε / V Σ_v (-log p_v)

    Equal to `cross_entropy(linear(hidden, weight, bias), targets)` in value and in all gradients. The gradients are
    computed with the loss, block by block, so that nothing has to be computed twice; `backward()` may run once.

    Args:
        hidden: vectors (..., H).
        weight: W (V, H).
        bias: b (V,), or None.
        targets: classes (...), -100 where not counted.
        num_items: what the sum is divided by; None is the number of counted targets.
        smoothing: ε of label smoothing; default 0.
        rows: rows of scores that are held at once; None chooses.

    Returns:
        The loss in nats, a scalar; NaN if no target counts, as the mean of nothing is.

    Source:
        Hsu et al., "Liger Kernel", 2024 (gradients in the forward pass, block by block).

    Example:
        >>> hidden, weight, targets = torch.randn(6, 4), torch.randn(9, 4), torch.tensor([1, 2, -100, 8, 0, 3])
        >>> loss = linear_cross_entropy(hidden, weight, None, targets, rows=2)
        >>> torch.allclose(loss, torch.nn.functional.cross_entropy(hidden @ weight.T, targets))
        True
    """
    hidden, targets = hidden.reshape(-1, hidden.shape[-1]), targets.reshape(-1)
    rows = max(FEWEST, BLOCK // len(weight)) if rows is None else rows
    total = _LinearCrossEntropy.apply(hidden, weight, bias, targets, smoothing, rows, torch.is_grad_enabled())
    count = (targets != IGNORED).sum() if num_items is None else num_items
    return total / (count.to(total.device) if isinstance(count, Tensor) else count)


class _LinearCrossEntropy(torch.autograd.Function):
    """The sum over rows, and its gradients, in one pass over blocks of rows."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        smoothing: float,
        rows: int,
        wants_gradients: bool,
    ) -> Tensor:
        """Sum the loss over hidden (N, H) and targets (N,)."""
        kind = hidden.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else hidden.dtype
        needed = [wants and wants_gradients for wants in ctx.needs_input_grad[:3]]
        ctx.gradients = Gradients(hidden, weight, bias, needed)
        with torch.autocast(kind, enabled=False):
            factor = weight.to(dtype)
            offset = None if bias is None else bias.to(dtype)
            total = torch.zeros((), dtype=exact(dtype), device=hidden.device)
            for start in range(0, len(hidden), rows):
                x = hidden[start : start + rows].to(dtype)
                scores = torch.nn.functional.linear(x, factor, offset).to(exact(dtype))  # (n, V)
                total += block_loss(scores, targets[start : start + rows], smoothing)
                if any(needed):
                    ctx.gradients.add(start, scores.to(dtype), x, factor)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        """Hand out what forward has computed; not kept, so that it need not be copied."""
        if ctx.gradients is None:
            raise StateError(
                "the gradients of this loss were handed out already: they are kept for one backward() only. "
                "Pass return_logits=True for a loss that can go backward again."
            )
        gradients, ctx.gradients = ctx.gradients, None
        return *gradients.scaled(grad), None, None, None, None


class Gradients:
    """Gradients of the sum with respect to hidden, weight and bias, as far as they are needed.

    Args:
        hidden: vectors (N, H).
        weight: the matrix (V, H).
        bias: the offset (V,), or None.
        needed: for each of them, whether it has a gradient.
    """

    def __init__(self, hidden: Tensor, weight: Tensor, bias: Tensor | None, needed: list[bool]) -> None:
        self.dtypes = [None if t is None else t.dtype for t in (hidden, weight, bias)]
        self.hidden = torch.empty_like(hidden) if needed[0] else None
        # Sums over many blocks: in half precision they would lose what each adds.
        self.weight = torch.zeros_like(weight, dtype=exact(weight.dtype)) if needed[1] else None
        self.bias = torch.zeros_like(bias, dtype=exact(bias.dtype)) if bias is not None and needed[2] else None

    def add(self, start: int, grad: Tensor, x: Tensor, weight: Tensor) -> None:
        """Add a block: the gradient of its scores (n, V), its vectors (n, H), and the weights they met."""
        if self.hidden is not None:
            self.hidden[start : start + len(x)] = grad @ weight
        if self.weight is not None and self.weight.dtype == grad.dtype:
            self.weight.addmm_(grad.T, x)
        elif self.weight is not None:
            self.weight += grad.T @ x
        if self.bias is not None:
            self.bias += grad.sum(0, dtype=self.bias.dtype)

    def scaled(self, factor: Tensor) -> list[Tensor | None]:
        """Multiply all by the gradient of the loss itself, in place, and give them in the inputs' own types."""
        found = zip((self.hidden, self.weight, self.bias), self.dtypes, strict=True)
        return [None if tensor is None else tensor.mul_(factor).to(dtype) for tensor, dtype in found]


def exact(dtype: torch.dtype) -> torch.dtype:
    """Return the type to sum in: float32 for anything shorter."""
    return torch.promote_types(dtype, torch.float32)


def block_loss(scores: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    """Return the summed loss of some rows, and leave its gradient in the place of their scores.

    Args:
        scores: (n, V); overwritten.
        targets: (n,), -100 where not counted.
        smoothing: ε of label smoothing.
    """
    counted = (targets != IGNORED).to(scores.dtype)
    places = targets.clamp(min=0)[:, None]
    share = smoothing / scores.shape[1]
    wanted = (1 - smoothing) * scores.gather(1, places)[:, 0]
    if smoothing:
        wanted = wanted + share * scores.sum(1)
    highest = scores.amax(1)
    sums = scores.sub_(highest[:, None]).exp_().sum(1)
    losses = highest + sums.log() - wanted
    scores.mul_((counted / sums)[:, None])  # p, and 0 where nothing is counted
    if smoothing:
        scores.sub_((share * counted)[:, None])
    scores.scatter_add_(1, places, ((smoothing - 1) * counted)[:, None])
    return losses @ counted
