"""Layer by layer: learning rates that differ between layers, and layers that are thawed one after the other."""

import re
from typing import Any

import torch
from torch import nn
from transformers import TrainerCallback

_LAYER = re.compile(r"(?:^|\.)layers\.(\d+)\.")
_EMBEDDING = re.compile(r"(?:^|\.)(?:embed_tokens|characters|input_projection)\.")


def layer_groups(model: nn.Module) -> list[list[str]]:
    """Sort the names of a model's parameters by layer, the uppermost first.

    Args:
        model: any model around an `RNNModel`.

    Returns:
        The names of the head's parameters, then of each recurrent layer's from the last to the first, then of the
        embedding's; a group that would be empty is left out.

    Example:
        >>> from seqkit import RNNConfig, RNNForSequenceClassification
        >>> model = RNNForSequenceClassification(RNNConfig(vocab_size=5, hidden_size=4, num_hidden_layers=2))
        >>> [group[0] for group in layer_groups(model)]
        ['score.weight', 'model.layers.1.cells.0.weight_ih', 'model.layers.0.cells.0.weight_ih', 'model.embed_tokens.weight']
    """  # noqa: E501
    groups: dict[int, list[str]] = {}
    for name, _ in model.named_parameters():
        groups.setdefault(_height(name), []).append(name)
    return [groups[height] for height in sorted(groups, reverse=True)]


def _height(name: str) -> int:
    """Return the place of a parameter between input and output: embedding 0, layers 1 to L, head above all."""
    if layer := _LAYER.search(name):
        return 1 + int(layer.group(1))
    return 0 if _EMBEDDING.search(name) else 1_000_000


def discriminate(optimizer: torch.optim.Optimizer, model: nn.Module, factor: float) -> None:
    """Give each layer group a learning rate `factor` times lower than the group above it has.

        η_l = η / factor^(number of groups above l)

    The groups of an optimizer that has taken no step yet are split; the head's come first, so the learning rate that
    a Trainer logs is theirs.

    Args:
        optimizer: the optimizer.
        model: whose parameters it holds.
        factor: 2.6 in the paper.

    Source:
        Howard & Ruder, "Universal language model fine-tuning for text classification", 2018, section 3.2.
    """
    named = dict(model.named_parameters())
    depths = {named[name]: depth for depth, names in enumerate(layer_groups(model)) for name in names}
    given, optimizer.param_groups = optimizer.param_groups, []
    for depth in sorted(set(depths.values())):
        for group in given:
            params = [parameter for parameter in group["params"] if depths[parameter] == depth]
            if params:
                optimizer.add_param_group({**group, "params": params, "lr": group["lr"] / factor**depth})


class GradualUnfreezing(TrainerCallback):
    """Trains the head alone in the first epoch, and one more layer group in each epoch after it.

    What was frozen before the training stays so.

    Source:
        Howard & Ruder, "Universal language model fine-tuning for text classification", 2018, section 3.3.
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        """Note what may be trained at all."""
        self.trainable = {name for name, parameter in model.named_parameters() if parameter.requires_grad}

    def on_epoch_begin(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        """Thaw as many groups as epochs have begun."""
        self._thaw(model, int(state.epoch or 0) + 1)

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        """Leave the model as it came."""
        self._thaw(model, None)

    def _thaw(self, model: nn.Module, count: int | None) -> None:
        thawed = {name for names in layer_groups(model)[:count] for name in names}
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name in thawed & self.trainable)
