"""Batches of float vectors. For token ids use transformers' own collators: `DataCollatorWithPadding` and its kin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from seqkit.data.streams import IGNORED
from seqkit.errors import DataError


@dataclass
class FeatureCollator:
    """Pad rows of float vectors of different lengths into one batch.

    Args:
        padding_side: `"right"` or `"left"`; default `"right"`.
        padding_value: what stands in padded places; models never look at it. Default 0.

    Example:
        >>> rows = [{"input_features": [[1.0], [2.0]], "labels": 1}, {"input_features": [[3.0]], "labels": 0}]
        >>> batch = FeatureCollator()(rows)
        >>> batch["input_features"].shape, batch["attention_mask"].tolist(), batch["labels"].tolist()
        (torch.Size([2, 2, 1]), [[1, 1], [1, 0]], [1, 0])
    """

    padding_side: Literal["right", "left"] = "right"
    padding_value: float = 0.0

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Make a batch.

        Args:
            rows: each with `input_features` (T, N), T of its own (0 is legal) and N the same for all; and, if there are
                labels, `labels` (or `label`): an int, a float, a list of floats, or T ints (one for each step).

        Returns:
            `input_features` (B, T, N) float32, `attention_mask` (B, T) int64 and, if there are labels, `labels`:
            (B,) int64 or float32, (B, L) float32, or (B, T) int64 with -100 in padded places.

        Raises:
            DataError: a row is not (T, N), or its N or the number of its labels is not that of the others.
        """
        features = [torch.from_numpy(np.asarray(row["input_features"], dtype=np.float32)) for row in rows]
        features = _with_one_width(features)
        lengths = [len(feature) for feature in features]
        batch = {
            "input_features": self._pad(features, self.padding_value),
            "attention_mask": self._pad([torch.ones(length, dtype=torch.long) for length in lengths], 0),
        }
        labels = [row["labels"] if "labels" in row else row.get("label") for row in rows]
        if any(label is not None for label in labels):
            batch["labels"] = self._labels([torch.as_tensor(label) for label in labels], lengths)
        return batch

    def _labels(self, labels: list[Tensor], lengths: list[int]) -> Tensor:
        if any(label.is_floating_point() for label in labels):
            return torch.stack([label.float() for label in labels])
        if labels[0].ndim == 0:
            return torch.stack(labels).long()
        if [len(label) for label in labels] != lengths:
            raise DataError(
                f"rows have {[len(label) for label in labels]} labels and {lengths} steps: each step needs its label"
            )
        return self._pad([label.long() for label in labels], IGNORED)

    def _pad(self, rows: list[Tensor], value: float) -> Tensor:
        return torch.nn.utils.rnn.pad_sequence(
            rows, batch_first=True, padding_value=value, padding_side=self.padding_side
        )


class TargetCollator(FeatureCollator):
    """Pad rows of float vectors as `FeatureCollator` does, where `labels` are the ids of a text to be written for each.

    Example:
        >>> rows = [{"input_features": [[1.0], [2.0]], "labels": [5]}, {"input_features": [[3.0]], "labels": [6, 7]}]
        >>> TargetCollator()(rows)["labels"].tolist()
        [[5, -100], [6, 7]]
    """

    def _labels(self, labels: list[Tensor], lengths: list[int]) -> Tensor:
        return torch.nn.utils.rnn.pad_sequence([ids.long() for ids in labels], batch_first=True, padding_value=IGNORED)


def _with_one_width(features: list[Tensor]) -> list[Tensor]:
    """Check that all rows are (T, N) with one N; a row of no steps, which may have lost its N, takes on the others'."""
    width = next((feature.shape[1] for feature in features if feature.ndim == 2), 0)
    for i, feature in enumerate(features):
        if feature.numel() and (feature.ndim != 2 or feature.shape[1] != width):
            raise DataError(
                f"row {i} of the batch has input_features of shape {tuple(feature.shape)}, "
                f"and a row must be (T, N) with the same N ({width or 'none found'}) in all"
            )
    return [feature if feature.numel() else feature.reshape(0, width) for feature in features]
