"""Each check of a cell over time is failed by a cell that is wrong there and nowhere else."""

import torch
from torch import Tensor

from seqkit.cells.base import State
from seqkit.testing import check_cell
from tests.testing.cell.plain import Plain, fails_only


def test_the_plain_cell_passes_every_check() -> None:
    report = check_cell(Plain)
    assert (report.ran, report.skipped, report.failed) == (25, 0, 0), str(report)


class SinglePrecision(Plain):
    """Its first state is float32, whatever the parameters are. Source: this test, 2026."""

    def init_state(self, batch_size: int) -> State:
        return (torch.zeros(batch_size, self.hidden_size),)

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        return super().step(p, (state[0].to(p.dtype),))


def test_shape_dtype() -> None:
    assert "torch.float32" in fails_only("shape-dtype", SinglePrecision)


class HastyWriter(Plain):
    """A shortcut for single tokens without gradients forgets the bias. Source: this test, 2026."""

    def project(self, x: Tensor) -> Tensor:
        return x @ self.W.T if x.shape[1] == 1 and not torch.is_grad_enabled() else super().project(x)


def test_step_equals_run() -> None:
    assert "outputs of single steps" in fails_only("step-equals-run", HastyWriter)


class TwoMinds(Plain):
    """Its step adds to the output what its coefficients know nothing of. Source: this test, 2026."""

    def linear_coefficients(self, p: Tensor) -> tuple[Tensor, Tensor]:
        return self.scale * torch.sigmoid(self.U.sum(0)), p

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        a, b = self.linear_coefficients(p)
        h = a * state[0] + b
        return h + 0.1 * p, (h,)


def test_plans_agree() -> None:
    assert "plan 'scan'" in fails_only("plans-agree", TwoMinds)


class TokenShift(Plain):
    """It adds the token before, kept outside the state, and forgets it before longer inputs. Source: this, 2026."""

    last: Tensor | None = None

    def init_state(self, batch_size: int) -> State:
        self.last = None
        return super().init_state(batch_size)

    def project(self, x: Tensor) -> Tensor:
        known = x.shape[1] == 1 and self.last is not None and len(self.last) == len(x)
        before = self.last if known else torch.zeros_like(x[:, :1])
        shifted = torch.cat([before, x[:, :-1]], 1)[:, : x.shape[1]]
        self.last = x[:, -1:].detach()
        return super().project(x + shifted)


def test_chunked_carry() -> None:
    assert "outputs in two parts" in fails_only("chunked-carry", TokenShift)


class UnitLength(Plain):
    """It divides by the input's length, which is 0 where padding was. Source: this test, 2026."""

    def project(self, x: Tensor) -> Tensor:
        return super().project(x / x.square().sum(-1, keepdim=True).sqrt())


def test_padding_invariance() -> None:
    assert "NaN" in fails_only("padding-invariance", UnitLength)


class LouderLater(Plain):
    """It scales large inputs by the sum over all time. Source: this test, 2026."""

    def project(self, x: Tensor) -> Tensor:
        return super().project(x / (x.square().sum(1, keepdim=True) / 1e4).clamp(min=1))


def test_causality() -> None:
    assert "outputs before" in fails_only("causality", LouderLater)


class LouderNeighbours(Plain):
    """It scales large inputs by the sum over the batch. Source: this test, 2026."""

    def project(self, x: Tensor) -> Tensor:
        return super().project(x / (x.square().sum(0, keepdim=True) / 1e4).clamp(min=1))


def test_batch_independence() -> None:
    assert "among other rows" in fails_only("batch-independence", LouderNeighbours)


class OneVector(Plain):
    """A shortcut for one single vector forgets the bias. Source: this test, 2026."""

    def project(self, x: Tensor) -> Tensor:
        return x @ self.W.T if x.numel() == self.input_size else super().project(x)


def test_length_one() -> None:
    assert "one token" in fails_only("length-one", OneVector)


class NeverEmpty(Plain):
    """It looks at the first token, which need not be there. Source: this test, 2026."""

    def project(self, x: Tensor) -> Tensor:
        return super().project(x.reshape(x.shape[0] * x.shape[1], -1)).view(*x.shape[:2], -1)


def test_length_zero() -> None:
    assert "RuntimeError" in fails_only("length-zero", NeverEmpty)


class HiddenMemory(Plain):
    """Half of what it remembers stands outside the state. Source: this test, 2026."""

    def init_state(self, batch_size: int) -> State:
        self.memory = self.zeros(batch_size)
        return super().init_state(batch_size)

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        assert len(self.memory.tolist()) == len(p)
        h, state = super().step(p + 0.5 * self.memory, state)
        self.memory = 0.5 * self.memory + p - self.b
        return h, state


def test_state_reorder() -> None:
    assert "changed places" in fails_only("state-reorder", HiddenMemory)
