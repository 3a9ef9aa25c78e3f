import pytest
import torch
from torch.nn import functional as F

from seqkit.errors import DataError
from seqkit.models import RNNForSequenceClassification
from tests.cases import CELLS, MASKS, POOLINGS, gradients, model, rows, same

LABELS = {
    "regression": (1, torch.tensor([0.5, -1.0, 2.0, 0.0])),
    "single_label_classification": (3, torch.tensor([0, 2, 1, 1])),
    "multi_label_classification": (3, torch.tensor([[0.0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 1]])),
}


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("side", MASKS)
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_padding_is_exact(cell: str, pooling: str, side: str, bidirectional: bool) -> None:
    fields = {"pooling": pooling, "bidirectional": bidirectional, "num_labels": 3, "layer_norm": True}
    network, mask = model(RNNForSequenceClassification, cell, **fields).double(), torch.tensor(MASKS[side]).bool()
    ids = torch.where(mask, torch.randint(0, 11, mask.shape), 10**6)
    labels, leaves = LABELS["single_label_classification"][1], dict(network.named_parameters())
    out = network(ids, mask, labels=labels, num_items_in_batch=1)
    total = torch.zeros(())
    for index, places in rows(mask):
        alone = network(ids[index : index + 1, places], labels=labels[index : index + 1], num_items_in_batch=1)
        torch.testing.assert_close(out.logits[index : index + 1], alone.logits)
        total = total + alone.loss
    same({"loss": out.loss, **gradients(out.loss, leaves)}, {"loss": total, **gradients(total, leaves)})


@pytest.mark.parametrize("pooling", POOLINGS)
def test_nan_in_padded_vectors_reaches_nothing(pooling: str) -> None:
    network = model(RNNForSequenceClassification, pooling=pooling, num_features=3, bidirectional=True)
    mask = torch.tensor(MASKS["scattered"]).bool()
    x = torch.randn(4, 5, 3)
    clean = network(input_features=torch.where(mask[..., None], x, 0.0), attention_mask=mask)
    dirty = network(input_features=torch.where(mask[..., None], x, torch.nan), attention_mask=mask)
    assert torch.equal(clean.logits, dirty.logits)
    dirty.logits.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())


@pytest.mark.parametrize("declared", [False, True])
@pytest.mark.parametrize("kind", LABELS)
def test_losses_by_hand(kind: str, declared: bool) -> None:
    count, labels = LABELS[kind]
    network = model(RNNForSequenceClassification, num_labels=count, **({"problem_type": kind} if declared else {}))
    out = network(torch.randint(0, 11, (4, 5)), labels=labels)
    f = {"regression": F.mse_loss, "single_label_classification": F.cross_entropy}.get(
        kind, F.binary_cross_entropy_with_logits
    )
    torch.testing.assert_close(out.loss, f(out.logits.squeeze(-1) if count == 1 else out.logits, labels))
    assert network.config.problem_type == kind


def test_one_score_decides_between_two() -> None:
    network = model(RNNForSequenceClassification, num_labels=1, problem_type="multi_label_classification")
    for labels in (torch.tensor([0, 1, 1, 0]), torch.tensor([[0.0], [1], [1], [0]])):
        out = network(torch.randint(0, 11, (4, 5)), labels=labels)
        torch.testing.assert_close(
            out.loss, F.binary_cross_entropy_with_logits(out.logits[:, 0], labels.flatten().float())
        )


def test_labels_may_be_left_out_of_the_count() -> None:
    network, ids = model(RNNForSequenceClassification, num_labels=3), torch.randint(0, 11, (2, 5))
    some = network(ids, labels=torch.tensor([2, -100]))
    torch.testing.assert_close(some.loss, F.cross_entropy(some.logits[:1], torch.tensor([2])))
    assert network(ids, labels=torch.tensor([-100, -100])).loss == 0


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("single_label_classification", torch.tensor([0.0, 1.0])),
        ("single_label_classification", torch.tensor([[0, 1, 0], [1, 0, 0]])),
        ("multi_label_classification", torch.tensor([0, 1])),
        ("regression", torch.tensor([0.0, 1.0])),
    ],
)
def test_labels_that_do_not_fit_are_refused(kind: str, labels: torch.Tensor) -> None:
    network = model(RNNForSequenceClassification, num_labels=3, problem_type=kind)
    with pytest.raises(DataError, match="labels"):
        network(torch.randint(0, 11, (2, 5)), labels=labels)


def test_a_class_beyond_the_labels_is_named() -> None:
    network = model(RNNForSequenceClassification, num_labels=3)
    for label in (3, -1):
        with pytest.raises(DataError, match=rf"{label}.*0 to 2"):
            network(torch.randint(0, 11, (1, 5)), labels=torch.tensor([label]))


def test_exactly_one_input() -> None:
    with pytest.raises(DataError, match="exactly one"):
        model(RNNForSequenceClassification)()


def test_outputs() -> None:
    network, ids = model(RNNForSequenceClassification), torch.randint(0, 11, (2, 5))
    assert len(network(ids, output_hidden_states=True).hidden_states) == 2
    assert len(network(ids, return_dict=False)) == 1
