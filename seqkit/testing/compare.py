"""Comparisons whose failure tells what differs and by how much."""

from collections.abc import Sequence

import torch
from torch import Tensor

TOLERANCE = 1e-5
"""How far apart float32 results may lie that should be equal, absolutely and relatively."""


def same(what: str, found: Tensor, expected: Tensor, tolerance: float = TOLERANCE) -> None:
    """Compare two tensors.

    Args:
        what: the tensor's name in the message, with what it should be equal to.
        found: what came out.
        expected: what should have.
        tolerance: how far apart they may lie; 0 asks for equal bits.

    Raises:
        AssertionError: telling shapes, or the largest difference.
    """
    assert found.shape == expected.shape, f"{what}: the shapes are {tuple(found.shape)} and {tuple(expected.shape)}"
    if torch.allclose(found, expected.to(found.dtype), rtol=tolerance, atol=tolerance):
        return
    assert not found.isnan().any(), f"{what}: NaN came out"
    difference = (found - expected).abs().max().item()
    raise AssertionError(f"{what}: the largest difference is {difference:.2g}; allowed are {tolerance:g}")


def all_same(what: str, found: Sequence[Tensor], expected: Sequence[Tensor], tolerance: float = TOLERANCE) -> None:
    """Compare two series of tensors, whose numbers must agree too."""
    assert len(found) == len(expected), f"{what}: {len(found)} tensors in place of {len(expected)}"
    for index, (one, other) in enumerate(zip(found, expected, strict=True)):
        same(f"{what}[{index}]", one, other, tolerance)


def finite(what: str, *tensors: Tensor) -> None:
    """Refuse NaN and infinity."""
    for tensor in tensors:
        assert torch.isfinite(tensor).all(), f"{what}: {'NaN' if tensor.isnan().any() else 'infinity'} came out"
