from typing import Any

import numpy as np
import pytest
import torch

from seqkit.data.collators import FeatureCollator, TargetCollator
from seqkit.data.streams import IGNORED
from seqkit.errors import DataError


def row(steps: int, label: Any = None, width: int = 3) -> dict[str, Any]:
    features = np.arange(steps * width, dtype=np.float64).reshape(steps, width) + 1
    return {"input_features": features} if label is None else {"input_features": features, "labels": label}


@pytest.mark.parametrize("side", ["right", "left"])
def test_padding(side: Any) -> None:
    rows = [row(4), row(0), row(2)]
    batch = FeatureCollator(padding_side=side, padding_value=-7.0)(rows)
    assert set(batch) == {"input_features", "attention_mask"}
    features, mask = batch["input_features"], batch["attention_mask"]
    assert (features.shape, features.dtype, mask.dtype) == ((3, 4, 3), torch.float32, torch.int64)
    assert mask.sum(1).tolist() == [4, 0, 2]
    assert mask[2].tolist() == ([1, 1, 0, 0] if side == "right" else [0, 0, 1, 1])
    assert (features[mask == 0] == -7).all()
    for i, given in enumerate(rows):
        assert torch.equal(features[i][mask[i] == 1], torch.tensor(given["input_features"]).float())


@pytest.mark.parametrize("make", [np.ndarray.tolist, torch.from_numpy, np.asarray])
def test_kinds_of_rows(make: Any) -> None:
    rows = [{"input_features": make(row(steps)["input_features"])} for steps in (2, 0, 1)]
    assert FeatureCollator()(rows)["input_features"].shape == (3, 2, 3)  # a list of no steps has lost its width


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([1, 0], torch.tensor([1, 0])),
        ([np.int64(1), torch.tensor(0)], torch.tensor([1, 0])),
        ([1.5, 2], torch.tensor([1.5, 2.0])),
        ([[1.0, 0.0], [0.0, 0.0]], torch.tensor([[1.0, 0.0], [0.0, 0.0]])),
        ([[5, 6, 7], [8]], torch.tensor([[5, 6, 7], [8, IGNORED, IGNORED]])),
    ],
)
def test_labels(labels: list[Any], expected: torch.Tensor) -> None:
    for name in ("labels", "label"):
        rows = [{**row(steps), name: label} for steps, label in zip((3, 1), labels, strict=True)]
        found = FeatureCollator()(rows)["labels"]
        assert found.dtype == expected.dtype
        assert torch.equal(found, expected)


def test_targets_are_padded_by_themselves() -> None:
    batch = TargetCollator()([row(2, [5]), row(1, [6, 7, 8])])
    assert batch["labels"].tolist() == [[5, -100, -100], [6, 7, 8]]
    assert batch["attention_mask"].tolist() == [[1, 1], [1, 0]]


def test_label_per_step_on_the_left() -> None:
    batch = FeatureCollator(padding_side="left")([row(2, [4, 5]), row(1, [6])])
    assert batch["labels"].tolist() == [[4, 5], [IGNORED, 6]]
    assert torch.equal(batch["labels"] != IGNORED, batch["attention_mask"].bool())


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row(2), row(2, width=4)], r"row 1 of the batch has input_features of shape \(2, 4\), .* same N \(3\)"),
        ([{"input_features": [1.0, 2.0]}], r"row 0 of the batch has input_features of shape \(2,\)"),
        ([row(2, [1, 2]), row(3, [1, 2])], r"rows have \[2, 2\] labels and \[2, 3\] steps: each step needs its label"),
    ],
)
def test_bad_rows(rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        FeatureCollator()(rows)
