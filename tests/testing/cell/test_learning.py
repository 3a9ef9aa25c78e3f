"""Each check of gradients is failed by a cell that is wrong there and nowhere else."""

import torch
from torch import Tensor, nn

from tests.testing.cell.plain import Plain, fails_only


class HalfGradient(Plain):
    """Half of its input reaches the loss without a gradient. Source: this test, 2026."""

    def project(self, x: Tensor) -> Tensor:
        p = super().project(x)
        return (p + p.detach()) / 2


def test_gradcheck_float64() -> None:
    assert "Jacobian" in fails_only("gradcheck-float64", HalfGradient)


class IdleWeight(Plain):
    """It has a parameter that nothing uses. Source: this test, 2026."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.idle = nn.Parameter(torch.ones(2))

    def reset_parameters(self) -> None:
        super().reset_parameters()
        if hasattr(self, "idle"):
            nn.init.ones_(self.idle)


def test_all_params_get_grad() -> None:
    assert fails_only("all-params-get-grad", IdleWeight) == "no gradient reaches idle"


class Fixed(Plain):
    """It has nothing to learn. Source: this test, 2026."""

    recurrent_weights = ()

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.requires_grad_(False)


def test_a_cell_without_parameters_that_learn_is_not_concerned() -> None:
    from seqkit.testing import check_cell

    assert check_cell(Fixed, only=["all-params-get-grad"]).summary.startswith("ran 0, skipped 1")
