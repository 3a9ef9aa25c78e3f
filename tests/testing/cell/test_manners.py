"""Each check of manners is failed by a cell that is wrong there and nowhere else."""

import torch
from torch import Tensor

from seqkit.testing import process
from tests.testing.cell.plain import Plain, fails_only


class NearlyOne(Plain):
    """It divides by 1 - 0.999, which is 0 in bfloat16. Source: this test, 2026."""

    def project(self, x: Tensor) -> Tensor:
        rate = torch.tensor(0.999, dtype=x.dtype)
        return super().project(x) * (0.001 / (1 - rate))


def test_bf16_finite() -> None:
    assert "came out" in fails_only("bf16-finite", NearlyOne)


class Closure(Plain):
    """It holds a function that cannot be pickled. Source: this test, 2026."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.f = lambda p: p

    def project(self, x: Tensor) -> Tensor:
        return self.f(super().project(x))


def test_spawn_safe() -> None:
    assert "cannot be pickled" in fails_only("spawn-safe", Closure)


class Thrifty(Plain):
    """It clips its input in place where no gradient forbids it. Source: this test, 2026."""

    def project(self, x: Tensor) -> Tensor:
        return super().project(x.clamp(-20, 20) if x.requires_grad else x.clamp_(-20, 20))


def test_no_inplace_on_input() -> None:
    assert "the input after project" in fails_only("no-inplace-on-input", Thrifty)


def test_import_is_quiet() -> None:
    from tests.testing.cell.noisy import Noisy  # here, or this module would not be quiet either

    found = fails_only("import-is-quiet", Noisy)
    assert "it prints 'hello'" in found
    assert "it changes torch's default dtype" in found
    assert "the random numbers of Python" in found
    assert "numpy" not in found


def test_a_process_that_was_spoilt_is_not_used_again() -> None:
    from tests.testing.cell.noisy import Noisy

    process.import_noises(Noisy)
    x = torch.zeros(2)
    assert process.call(Plain, torch.add, x, 1).dtype == torch.float32


class Sourceless(Plain):
    """It does not say where it comes from."""


def test_docstring_has_source() -> None:
    assert "`Source:`" in fails_only("docstring-has-source", Sourceless)


class InputDropper(Plain):
    """It declares an input weight to be a recurrent one. Source: this test, 2026."""

    recurrent_weights = ("W",)


def test_capabilities_honest() -> None:
    assert "'W'" in fails_only("capabilities-honest", InputDropper)


class Misnamed(Plain):
    """It declares a weight that it has not. Source: this test, 2026."""

    recurrent_weights = ("V",)


def test_other_false_declarations_are_found() -> None:
    assert "which is no parameter" in fails_only("capabilities-honest", Misnamed)
