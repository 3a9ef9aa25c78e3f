"""A language model in eight bits, for writing on a CPU."""

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from seqkit.cells.base import Cell
from seqkit.engine.build import BuildError
from seqkit.engine.int8 import Int8Weight, kernel
from seqkit.errors import ConfigError

if TYPE_CHECKING:
    from seqkit.models.causal_lm import RNNForCausalLM

SMALLEST = 2**17
"""From how many numbers on a weight is worth rounding: a smaller one is multiplied as fast as it is."""


def quantize(model: "RNNForCausalLM") -> "RNNForCausalLM":
    """Copy a language model with the weights that every token is multiplied with in 8 bits, one scale a row.

    Vectors are rounded as they come (dynamic quantisation), so nothing needs to be calibrated. Embeddings, biases,
    norms and the first layer's input weights, which are used once a token, stay as they are, and so do weights that a
    cell uses otherwise than in `F.linear`, or that are too small to gain anything.

    Args:
        model: the model, float32 on the CPU. It is left as it is.

    Returns:
        A model in evaluation mode that writes; it cannot be trained or saved.

    Raises:
        ConfigError: if the model is not float32 on the CPU, has an adaptive softmax, or there is no C++ compiler.

    Example:
        >>> from seqkit import RNNConfig, RNNForCausalLM
        >>> small = quantize(RNNForCausalLM(RNNConfig(vocab_size=10, hidden_size=16)))
        >>> small.generate(torch.tensor([[1, 2]]), max_new_tokens=3, do_sample=False).shape
        torch.Size([1, 5])
    """
    if model.device.type != "cpu" or model.dtype != torch.float32:
        raise ConfigError(f"the model is {model.dtype} on {model.device}; quantize() needs float32 on the CPU.")
    if model.config.adaptive_cutoffs:
        raise ConfigError("an adaptive softmax has no 8-bit form. Use the model as it is.")
    try:
        kernel()
    except BuildError as error:
        raise ConfigError(f"8-bit products need a C++ compiler: {error}. Use the model as it is.") from error
    model = copy.deepcopy(model).eval().requires_grad_(False)
    for index, layer in enumerate(model.rnn_layers):
        for cell in layer.directions:
            step, project = multiplied(cell)
            for name in step | (project if index else set()):
                to_int8(cell, name)
    to_int8(model.lm_head, "weight")
    model.is_int8 = True
    return model


def to_int8(module: nn.Module, name: str) -> None:
    """Put an 8-bit weight in the place of a parameter, if it is large."""
    weight = module.get_parameter(name)
    if weight.numel() < SMALLEST:
        return
    del module._parameters[name]
    # Not as a parameter: it has no gradient, and is no tensor that `to()` could convert.
    module.__dict__[name] = Int8Weight(weight)


def multiplied(cell: Cell) -> tuple[set[str], set[str]]:
    """Tell which parameters of a cell `F.linear` multiplies with in `step`, and which in `project`."""
    names = {id(parameter): name for name, parameter in cell.named_parameters(recurse=False)}
    with torch.no_grad():
        with Products() as in_project:
            p = cell.project(torch.zeros(1, 1, cell.input_size))[:, 0]
        with Products() as in_step:
            cell.step(p, cell.init_state(1))
    found = [{names[i] for i in seen.weights if i in names} for seen in (in_step, in_project)]
    return found[0], found[1] - found[0]


class Products(TorchFunctionMode):
    """Notes what `F.linear` is called with."""

    def __init__(self) -> None:
        super().__init__()
        self.weights: set[int] = set()

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Note the weight and go on."""
        if func is F.linear:
            self.weights.add(id(args[1] if len(args) > 1 else (kwargs or {})["weight"]))
        return func(*args, **kwargs or {})
