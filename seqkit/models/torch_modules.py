"""The way between seqkit's layers and `torch.nn.RNN`, `GRU` and `LSTM`, weight by weight."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from seqkit.config import RNNConfig
from seqkit.errors import ConfigError
from seqkit.models.layers import RNNLayer

MODULES: dict[str, Any] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def config_of(module: nn.RNNBase) -> RNNConfig:
    """Describe a torch module as a configuration.

    Raises:
        ConfigError: if it is not one of torch's three, or has a projection.
    """
    cell = next((name for name, kind in MODULES.items() if isinstance(module, kind)), None)
    if cell is None:
        raise ConfigError(f"from_torch takes torch.nn.RNN, GRU or LSTM; got {type(module).__name__}.")
    if module.proj_size:
        raise ConfigError(
            f"proj_size is {module.proj_size}; seqkit's LSTM has no projection. Only 0 can be taken over."
        )
    options: dict[str, object] = {"bias": module.bias}
    if isinstance(module, nn.RNN):
        options["nonlinearity"] = module.nonlinearity
    return RNNConfig(
        cell=cell,
        num_features=module.input_size,
        hidden_size=module.hidden_size,
        num_hidden_layers=module.num_layers,
        bidirectional=module.bidirectional,
        hidden_dropout=float(module.dropout),
        cell_options=options,
    )


EXTRAS = ("layer_norm", "residual", "learn_initial_state", "zoneout", "feature_means", "feature_deviations")
"""Fields of a configuration by which its layers do more than torch's."""


def pairs(module: nn.RNNBase, layers: Iterable[RNNLayer]) -> Iterator[tuple[Tensor, Tensor]]:
    """Walk over the same weight in a torch module and in seqkit's layers."""
    for index, layer in enumerate(layers):
        for cell, suffix in zip(layer.directions, ("", "_reverse"), strict=False):
            for name, parameter in cell.named_parameters():
                yield getattr(module, f"{name}_l{index}{suffix}"), parameter


@torch.no_grad()
def copy_weights(module: nn.RNNBase, layers: Iterable[RNNLayer]) -> None:
    """Copy the weights of a torch module into layers of the same shape."""
    for theirs, ours in pairs(module, layers):
        ours.copy_(theirs)


@torch.no_grad()
def to_torch(config: RNNConfig, layers: list[RNNLayer]) -> nn.RNNBase:
    """Build the torch module that computes what the layers compute.

    Raises:
        ConfigError: if no torch module does.
    """
    extras = [name for name in EXTRAS if getattr(config, name)]
    if config.cell not in MODULES or extras:
        raise ConfigError(
            f"torch has no module for cell={config.cell!r}{' with ' + ', '.join(extras) if extras else ''}. "
            f"to_torch() works for the plain layers of {', '.join(MODULES)}."
        )
    options = {name: value for name, value in (config.cell_options or {}).items() if name in ("bias", "nonlinearity")}
    module = MODULES[config.cell](
        config.input_size,
        config.hidden_size,
        config.num_hidden_layers,
        batch_first=True,
        bidirectional=config.bidirectional,
        # torch warns about dropout that has no second layer to stand before.
        dropout=config.hidden_dropout if config.num_hidden_layers > 1 else 0.0,
        **options,
    )
    for theirs, ours in pairs(module, layers):
        theirs.copy_(ours)
    return module.to(layers[0].directions[0].get_parameter("weight_hh").dtype)
