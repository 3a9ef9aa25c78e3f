import pytest
import torch

from seqkit.testing.compare import all_same, finite, same


def test_differences_are_told() -> None:
    same("y", torch.ones(2), torch.ones(2) + 1e-6)
    with pytest.raises(AssertionError, match=r"^y: the largest difference is 0.5; allowed are 1e-05$"):
        same("y", torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.5]))
    with pytest.raises(AssertionError, match="the largest difference is 1e-06; allowed are 0"):
        same("y", torch.zeros(2), torch.full((2,), 1e-6), tolerance=0)
    with pytest.raises(AssertionError, match=r"shapes are \(2,\) and \(1, 2\)"):
        same("y", torch.zeros(2), torch.zeros(1, 2))
    with pytest.raises(AssertionError, match="y: NaN came out"):
        same("y", torch.tensor([torch.nan]), torch.zeros(1))


def test_series_are_compared_one_by_one() -> None:
    all_same("state", [torch.zeros(1)], [torch.zeros(1)])
    with pytest.raises(AssertionError, match=r"state\[1\]"):
        all_same("state", [torch.zeros(1), torch.ones(1)], [torch.zeros(1), torch.zeros(1)])
    with pytest.raises(AssertionError, match="1 tensors in place of 2"):
        all_same("state", [torch.zeros(1)], [torch.zeros(1)] * 2)


def test_what_is_not_finite_is_told() -> None:
    finite("y", torch.zeros(1), torch.ones(2))
    with pytest.raises(AssertionError, match="y: infinity came out"):
        finite("y", torch.zeros(1), torch.tensor([torch.inf]))
