"""The learning rate of a step follows the length of its segments, and is itself again afterwards."""

import pytest
import torch

from seqkit.training.segments import LengthScaledRate


def test_a_rate_is_scaled_for_the_step_alone() -> None:
    weights = [torch.zeros(1, requires_grad=True) for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": weights[:1], "lr": 1.0}, {"params": weights[1:], "lr": 0.1}])
    scaled = LengthScaledRate(10)
    for lengths, expected in (([5], 0.5), ([10, 30], 2.0)):
        for length in lengths:
            scaled.saw(length)
        scaled.on_pre_optimizer_step(None, None, None, optimizer=optimizer)
        assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([expected, expected / 10])
        scaled.on_optimizer_step(None, None, None, optimizer=optimizer)
        assert [group["lr"] for group in optimizer.param_groups] == [1.0, 0.1]
