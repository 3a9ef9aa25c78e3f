"""Checks of what a cell learns from: its gradients."""

import torch
from torch import Tensor
from torch.autograd.gradcheck import GradcheckError, gradcheck

from seqkit.testing.cell.bench import CellBench, follow, gradients, inputs, leaves, start
from seqkit.testing.cell.registry import CELL_CHECKS
from seqkit.testing.checks import Skipped


@CELL_CHECKS("gradcheck-float64")
def gradcheck_float64(bench: CellBench) -> None:
    """In float64, the gradients of inputs, states and parameters are those of finite differences."""
    cell = bench.make(torch.float64)
    x = inputs(torch.float64).detach()[:2, :3].requires_grad_()
    state = tuple(tensor.detach().double().requires_grad_() for tensor in start(cell, 2))

    def results(*_: Tensor) -> tuple[Tensor, ...]:
        cell.init_state(2)
        y, final = follow(cell, x, state)
        return y, *final

    try:
        # It moves its arguments where they are; so parameters are reached too. The fast mode takes random directions.
        gradcheck(results, (x, *state, *leaves(cell)), fast_mode=True)
    except GradcheckError as error:
        raise AssertionError(str(error).strip().partition("\n")[0]) from error


@CELL_CHECKS("all-params-get-grad", optional=True)
def all_params_get_grad(bench: CellBench) -> None:
    """Every parameter has a part in the outputs: none has a gradient of nothing but zeros."""
    cell, x = bench.make(), inputs()
    if not leaves(cell):
        raise Skipped("it has no parameters")
    y, final = follow(cell, x, start(cell))
    found = gradients([y, *final], leaves(cell))
    names = [name for name, parameter in cell.named_parameters() if parameter.requires_grad]
    idle = [name for name, gradient in zip(names, found, strict=True) if not gradient.any()]
    assert not idle, f"no gradient reaches {', '.join(idle)}"
