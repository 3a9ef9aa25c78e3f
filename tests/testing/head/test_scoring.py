"""Each check of scores and losses is failed by a head that is wrong there and nowhere else."""

from typing import Any

import torch
from torch import nn

from seqkit import RNNConfig
from seqkit.testing import check_head
from tests.testing.head.plain import Plain, fails_only


def test_the_plain_head_passes_every_check() -> None:
    report = check_head(Plain)
    assert (report.ran, report.skipped, report.failed) == (19, 0, 0), str(report)


class Wide(Plain):
    """It scores one label too many. `>>>`."""

    def spoil(self, outputs: Any, arguments: Any) -> None:
        outputs["logits"] = torch.cat([outputs.logits, outputs.logits[..., :1]], -1)


def test_forward_shapes() -> None:
    assert "(3, 7, 5)" in fails_only("forward-shapes", Wide)


class Idle(Plain):
    """It has a layer that nothing uses. `>>>`."""

    def __init__(self, config: RNNConfig) -> None:
        super().__init__(config)
        self.spare = nn.Linear(2, 2)
        self.post_init()


def test_loss_finite_and_differentiable() -> None:
    assert "spare.weight, spare.bias" in fails_only("loss-finite-and-differentiable", Idle)


class CentredInTime(Plain):
    """It takes the mean over all places from its scores, padding included. `>>>`."""

    def spoil(self, outputs: Any, arguments: Any) -> None:
        outputs["logits"] = outputs.logits - outputs.logits.mean(1, keepdim=True)


def test_padding_invariance() -> None:
    assert "scores, padded left" in fails_only("padding-invariance", CentredInTime)


class CentredInBatch(Plain):
    """It takes the mean over the batch from its scores. `>>>`."""

    def spoil(self, outputs: Any, arguments: Any) -> None:
        outputs["logits"] = outputs.logits - outputs.logits.mean(0, keepdim=True)


def test_batch_independence() -> None:
    assert "among other rows" in fails_only("batch-independence", CentredInBatch)


class CountsAll(Plain):
    """It takes -100 for class 0. `>>>`."""

    def given(self, arguments: dict[str, Any]) -> dict[str, Any]:
        labels = arguments.get("labels")
        return arguments if labels is None else {**arguments, "labels": labels.where(labels != -100, 0)}


def test_ignore_index() -> None:
    assert "mean of the losses" in fails_only("ignore-index", CountsAll)


class TakesAny(Plain):
    """It takes every large label for the last class. `>>>`."""

    def given(self, arguments: dict[str, Any]) -> dict[str, Any]:
        labels = arguments.get("labels")
        return arguments if labels is None else {**arguments, "labels": labels.clamp(max=self.num_labels - 1)}


def test_wrong_label_rejected() -> None:
    assert "taken for a class" in fails_only("wrong-label-rejected", TakesAny)


class IdsOnly(Plain):
    """It refuses vectors. `>>>`."""

    def given(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in arguments.items() if name != "inputs_embeds"}


def test_inputs_embeds() -> None:
    assert "input_ids" in fails_only("inputs-embeds", IdsOnly)


class NoTuples(Plain):
    """It does as it likes with return_dict. `>>>`."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return super().forward(*args, **{**kwargs, "return_dict": True})

    forward.__wrapped__ = Plain.forward  # the signature, in which the Trainer looks for columns


def test_return_dict() -> None:
    assert "RNNHeadOutput" in fails_only("return-dict", NoTuples)


class OneWay(Plain):
    """It forgets that two directions are twice as wide. `>>>`."""

    def __init__(self, config: RNNConfig) -> None:
        super().__init__(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()


def test_bidirectional() -> None:
    assert "RuntimeError" in fails_only("bidirectional", OneWay)


class OneTensor(Plain):
    """It takes a state for one tensor. `>>>`."""

    def given(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {**arguments, "return_state": True}

    def spoil(self, outputs: Any, arguments: Any) -> None:
        share = len(outputs.state[0]) // (2 if self.config.bidirectional else 1)
        if share > 1:
            raise RuntimeError("a state has one tensor")


def test_every_cell() -> None:
    assert "with the cell 'lstm'" in fails_only("every-cell", OneTensor)


class NearlyOne(Plain):
    """It divides by 1 - 0.999, which is 0 in bfloat16. `>>>`."""

    def spoil(self, outputs: Any, arguments: Any) -> None:
        rate = torch.tensor(0.999, dtype=outputs.logits.dtype)
        outputs["logits"] = outputs.logits * (0.001 / (1 - rate))


def test_bf16_finite() -> None:
    assert "scores" in fails_only("bf16-finite", NearlyOne)
