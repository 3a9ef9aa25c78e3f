"""What a check must not leave behind, and must not depend on: random numbers, memory, progress bars, folders."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy
import torch
import transformers
from transformers.utils import logging


@contextmanager
def apart(seed: int) -> Iterator[None]:
    """Run the block with all random numbers seeded, one thread and transformers silent; afterwards all is as it was."""
    python, arrays, threads = random.getstate(), numpy.random.get_state(), torch.get_num_threads()
    bars, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    torch.set_num_threads(1)  # for sizes this small, more of them wait for each other
    try:
        with torch.random.fork_rng(devices=[]):
            transformers.set_seed(seed)
            yield
    finally:
        random.setstate(python)
        numpy.random.set_state(arrays)
        logging.set_verbosity(level)
        torch.set_num_threads(threads)
        if bars:
            logging.enable_progress_bar()


@contextmanager
def poisoned() -> Iterator[None]:
    """Fill all memory that torch hands out uninitialised with NaN, so that its use shows every time."""
    settings: Any = torch.utils.deterministic
    fills, strict = settings.fill_uninitialized_memory, torch.are_deterministic_algorithms_enabled()
    lenient = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    settings.fill_uninitialized_memory = True
    try:
        yield
    finally:
        settings.fill_uninitialized_memory = fills
        torch.use_deterministic_algorithms(strict, warn_only=lenient)
