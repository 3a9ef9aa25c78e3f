"""Weights of labels in the loss, against sums made by hand, and under accumulation."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from seqkit import RNNConfig, RNNForSequenceClassification, RNNForTokenClassification, RNNTrainer, RNNTrainingArguments
from seqkit.errors import ConfigError
from seqkit.training.class_weights import WeightedLoss, count_labels, weighted_loss
from seqkit_crf import RNNForCRFTokenClassification
from tests.cases import gradients, model, same

ROWS = [{"input_ids": [1 + n % 5, 2, 3][: 1 + n % 3], "labels": int(n % 4 == 0)} for n in range(8)]


class Padding:
    """A collator for rows of ids."""

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        width = max(len(row["input_ids"]) for row in rows)
        ids = [row["input_ids"] + [0] * (width - len(row["input_ids"])) for row in rows]
        mask = [[1] * len(row["input_ids"]) + [0] * (width - len(row["input_ids"])) for row in rows]
        labels = [row["labels"] for row in rows]
        if isinstance(labels[0], list):
            labels = [row + [-100] * (width - len(row)) for row in labels]
        return {name: torch.tensor(value) for name, value in
                (("input_ids", ids), ("attention_mask", mask), ("labels", labels))}  # fmt: skip


def trained(network: Any, rows: list[dict[str, Any]], batch: int, parts: int, weights: Any) -> dict[str, torch.Tensor]:
    """Take one step with SGD and return the weights."""
    arguments = RNNTrainingArguments(
        "unused", max_steps=1, per_device_train_batch_size=batch, gradient_accumulation_steps=parts, learning_rate=1.0,
        optim="sgd", report_to="none", save_strategy="no", disable_tqdm=True, use_cpu=True, max_grad_norm=0.0,
        train_sampling_strategy="sequential", class_weights=weights,
    )  # fmt: skip
    RNNTrainer(network, arguments, train_dataset=rows, data_collator=Padding()).train()
    return dict(network.named_parameters())


def test_the_sum_by_hand() -> None:
    logits = torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 1.0]], requires_grad=True)
    outputs = SimpleNamespace(logits=logits)
    loss = WeightedLoss(torch.tensor([1.0, 3.0]))
    labels = torch.tensor([0, 1, -100])
    nats = -logits.log_softmax(-1)
    torch.testing.assert_close(loss(outputs, labels), (nats[0, 0] + 3 * nats[1, 1]) / 2)
    torch.testing.assert_close(loss(outputs, labels, 4), (nats[0, 0] + 3 * nats[1, 1]) / 4)
    unweighted = loss(SimpleNamespace(logits=logits.detach()), labels)
    torch.testing.assert_close(unweighted, (nats[0, 0] + nats[1, 1]).detach() / 2)


def test_several_labels_by_hand() -> None:
    logits = torch.tensor([[1.0, -1.0]], requires_grad=True)
    found = WeightedLoss(torch.tensor([2.0, 5.0]), several=True)(
        SimpleNamespace(logits=logits), torch.tensor([[1.0, 0.0]])
    )
    torch.testing.assert_close(found, (2 * -logits[0, 0].sigmoid().log() - (1 - logits[0, 1].sigmoid()).log()) / 2)


def test_balanced_counts_labels() -> None:
    network = model(RNNForSequenceClassification, num_labels=2)
    assert weighted_loss("balanced", ROWS, network).weights.tolist() == pytest.approx([8 / (2 * 6), 8 / (2 * 2)])
    several = model(RNNForSequenceClassification, num_labels=2, problem_type="multi_label_classification")
    rows = [{"labels": [1.0, 0.0]}] * 3 + [{"labels": [0.0, 0.0]}]
    assert weighted_loss("balanced", rows, several).weights.tolist() == pytest.approx([1 / 3, 1.0])
    assert count_labels([{"labels": [0, -100, 1, 1]}], 3, False)[0].tolist() == [1, 2, 0]


@pytest.mark.parametrize("kind", [RNNForSequenceClassification, RNNForTokenClassification])
def test_a_batch_in_parts_gives_the_step_of_the_whole(kind: Any) -> None:
    rows = ROWS if kind is RNNForSequenceClassification else [
        {"input_ids": row["input_ids"], "labels": [row["labels"]] * len(row["input_ids"])} for row in ROWS
    ]  # fmt: skip
    weights = '{"LABEL_1": 5.0}'
    torch.manual_seed(1)
    whole = model(kind, num_labels=2)
    others = [kind(whole.config) for _ in range(2)]
    for other in others:
        other.load_state_dict(whole.state_dict())
    in_parts, unweighted = others
    expected = trained(whole, rows, 8, 1, weights)
    same(trained(in_parts, rows, 2, 4, weights), expected, 1e-6)
    plain = trained(unweighted, rows, 8, 1, None)
    assert max((plain[name] - expected[name]).abs().max() for name in plain) > 1e-3


def test_weights_of_one_are_no_weights() -> None:
    network = model(RNNForSequenceClassification, num_labels=2).train()
    batch = Padding()(ROWS)
    leaves = dict(network.named_parameters())
    expected = gradients(network(**batch).loss, leaves)
    labels = batch.pop("labels")
    same(gradients(WeightedLoss(torch.ones(2))(network(**batch), labels), leaves), expected)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("balance", "expected 'balanced', or JSON"),
        ("[1, 2]", "expected 'balanced', or JSON"),
        ({"LABEL_2": 1.0}, "'LABEL_2', which is none"),
        ('{"LABEL_1": 0}', "the weight 0; expected a number above 0"),
        ('{"LABEL_1": NaN}', "expected a number above 0"),
        ('{"LABEL_1": "two"}', "expected a number above 0"),
    ],
)
def test_what_does_not_fit_is_refused(weights: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        weighted_loss(weights, ROWS, model(RNNForSequenceClassification, num_labels=2))


def test_heads_without_labels_to_weigh_are_refused() -> None:
    regression = model(RNNForSequenceClassification, num_labels=1, problem_type="regression")
    with pytest.raises(ConfigError, match="predicts a number"):
        weighted_loss("balanced", ROWS, regression)
    with pytest.raises(ConfigError, match="RNNForCRFTokenClassification has no label"):
        weighted_loss("balanced", ROWS, RNNForCRFTokenClassification(RNNConfig(vocab_size=5, hidden_size=4)))
    with pytest.raises(ConfigError, match="label_smoothing_factor"):
        RNNTrainingArguments("unused", class_weights="balanced", label_smoothing_factor=0.1, use_cpu=True)
