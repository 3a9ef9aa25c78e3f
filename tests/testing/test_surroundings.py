import random

import numpy
import torch
from transformers.utils import logging

from seqkit.testing.surroundings import apart, poisoned


def numbers() -> tuple[float, float, float]:
    return random.random(), float(numpy.random.rand()), torch.rand(1).item()


def test_inside_all_is_seeded_and_outside_nothing_has_changed() -> None:
    bars = logging.is_progress_bar_enabled()
    states = random.getstate(), numpy.random.get_state(), torch.get_rng_state()
    expected = numbers()
    random.setstate(states[0])
    numpy.random.set_state(states[1])
    torch.set_rng_state(states[2])
    drawn = []
    for _ in range(2):
        with apart(seed=4):
            assert not logging.is_progress_bar_enabled()
            drawn.append(numbers())
    assert drawn[0] == drawn[1] != expected
    assert numbers() == expected
    assert logging.is_progress_bar_enabled() == bars


def test_poisoned_memory_is_nan_and_only_there() -> None:
    before = torch.are_deterministic_algorithms_enabled()
    with poisoned():
        assert torch.empty(3).isnan().all()
    assert torch.are_deterministic_algorithms_enabled() == before
