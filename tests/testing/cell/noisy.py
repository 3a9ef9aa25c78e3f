"""A module that does at import what none should."""

import random

import torch

from tests.testing.cell.plain import Plain


class Noisy(Plain):
    """Its module is not quiet. Source: this test, 2026."""


if __import__("sys").argv[0].endswith("child.py"):  # not in the process that runs the tests
    print("hello")
    random.random()
    torch.set_default_dtype(torch.float64)
