"""Numbers of any size are brought to a mean of 0 and a deviation of 1 before a network reads them."""

import torch
from torch import Tensor

from seqkit.config import RNNConfig


def standardized(x: Tensor, config: RNNConfig) -> Tensor:
    """Subtract `feature_means` and divide by `feature_deviations`, each where the configuration has it.

    Args:
        x: float vectors (B, T, N).
        config: the configuration; what a training has found stands there, so that a saved model takes raw numbers.

    Example:
        >>> config = RNNConfig(num_features=2, feature_means=[10.0, 0.0], feature_deviations=[5.0, 1.0])
        >>> standardized(torch.tensor([[[20.0, 3.0]]]), config)
        tensor([[[2., 3.]]])
    """
    if config.feature_means is not None:
        x = x - torch.tensor(config.feature_means, dtype=x.dtype, device=x.device)
    if config.feature_deviations is not None:
        x = x / torch.tensor(config.feature_deviations, dtype=x.dtype, device=x.device)
    return x
