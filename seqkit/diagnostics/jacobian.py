"""The step's Jacobian ds_t/ds_{t-1}: what one step does to a small change of the state."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqkit.cells.base import State
from seqkit.diagnostics.recording import Trace
from seqkit.engine.zoneout import Step

AFFORDABLE = 512
"""Size of a state up to which all the steps that are asked for are looked at; of larger ones fewer."""


@dataclass(frozen=True)
class Spectrum:
    """The Jacobians of some steps of one layer and direction, at states that a real sequence led to.

    Args:
        eigenvalues: of each Jacobian (N, S), complex, the largest first; S numbers in the whole state.
        singular_values: of each (N, S), the largest first.
    """

    eigenvalues: Tensor
    singular_values: Tensor

    @property
    def radius(self) -> float:
        """The spectral radius: the median over steps of the largest |eigenvalue|."""
        return float(self.eigenvalues.abs()[:, 0].median())

    @property
    def norm(self) -> float:
        """The median over steps of the largest singular value: the most that one step stretches anything."""
        return float(self.singular_values[:, 0].median())

    @property
    def kept(self) -> float:
        """The share of all singular values above 0.9: directions that a step hardly shrinks."""
        return float((self.singular_values > 0.9).double().mean())


def step_jacobian(step: Step, p: Tensor, state: State) -> Tensor:
    """Compute the Jacobian of one step, from the whole state before it to the whole state after it.

    Rows of a batch are independent: S copies of one row and one way back give all S rows of the matrix.

    Args:
        step: a cell's step.
        p: the projected input of one row, (1, P).
        state: the state before, tensors (1, ·).

    Returns:
        The matrix (S, S), S numbers in the state; tensors follow each other in the order of the state.

    Example:
        >>> def halve(p, state):
        ...     return state[0], (0.5 * state[0] + p,)
        >>> step_jacobian(halve, torch.zeros(1, 2), (torch.ones(1, 2),)).tolist()
        [[0.5, 0.0], [0.0, 0.5]]
    """
    size = sum(tensor.numel() for tensor in state)
    return pulled_back(step, p, state, torch.eye(size, dtype=state[0].dtype, device=p.device)[None])[0]


def pulled_back(step: Step, p: Tensor, state: State, vectors: Tensor) -> Tensor:
    """Carry vectors from after a step to before it: w -> Jᵀ w, for each row's own J.

    Args:
        step: a cell's step.
        p: projected input, (B, P).
        state: the state before, tensors (B, ·).
        vectors: K of them for each row, (B, K, S).

    Returns:
        The vectors before the step, (B, K, S).
    """
    rows, count = vectors.shape[:2]
    with torch.inference_mode(False), torch.enable_grad():
        before = tuple(t.detach().clone().repeat_interleave(count, 0).requires_grad_() for t in state)
        _, after = step(p.detach().clone().repeat_interleave(count, 0), before)
        shapes = [t.shape for t in after]
        parts = vectors.reshape(rows * count, -1).split([t[0].numel() for t in after], 1)
        pairs = [
            (t, part.reshape(shape)) for t, part, shape in zip(after, parts, shapes, strict=True) if t.requires_grad
        ]
        if not pairs:
            return torch.zeros_like(vectors)
        grads = torch.autograd.grad([t for t, _ in pairs], before, [part for _, part in pairs], allow_unused=True)
    found = [torch.zeros_like(t) if grad is None else grad for t, grad in zip(before, grads, strict=True)]
    return torch.cat([each.flatten(1) for each in found], 1).view(rows, count, -1)


def jacobian_spectrum(trace: Trace, points: int = 8) -> Spectrum:
    """Compute eigenvalues and singular values of a step's Jacobian, at places spread evenly over a batch.

    Args:
        trace: one layer and direction, as `record` gives it.
        points: how many steps to look at; fewer where the state is large, for the work grows with its cube.

    Returns:
        The spectrum, in float64.
    """
    size = sum(tensor[0].numel() for tensor in trace.moments[0].before)
    affordable = max(1, min(points, int(points * (AFFORDABLE / size) ** 3)))
    matrices = torch.stack([jacobian_at(trace, t, b) for t, b in trace.spread(affordable)]).double().cpu()
    values = torch.linalg.eigvals(matrices)
    order = values.abs().argsort(1, descending=True)
    return Spectrum(values.gather(1, order), torch.linalg.svdvals(matrices))


def jacobian_at(trace: Trace, t: int, b: int) -> Tensor:
    """Compute the Jacobian of one step of a trace, for one row."""
    moment = trace.moments[t]
    return step_jacobian(trace.step, moment.p[b : b + 1], tuple(tensor[b : b + 1] for tensor in moment.before))
