"""Settings for every test: no network, quiet libraries, a fixed seed."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported: it reads these once
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import random

import numpy
import pytest
import torch
from hypothesis import settings

from tests.export.exports import exports as exports
from tests.installed import site as site

# The same examples each time, and no time limit: machines differ, and a test that fails must fail again.
settings.register_profile("seqkit", deadline=None, derandomize=True)
settings.load_profile("seqkit")


# One thread a process: pytest runs several, and threads that wait for each other slow all of them down.
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def seeded() -> None:
    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)
