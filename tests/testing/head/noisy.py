"""A module that keeps no gradients from its import on."""

import sys

import torch

from tests.testing.head.plain import Plain


class Noisy(Plain):
    """Its module is not quiet. `>>>`."""


if sys.argv[0].endswith("child.py"):  # not in the process that runs the tests
    torch.set_grad_enabled(False)
