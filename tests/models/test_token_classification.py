import pytest
import torch
from torch.nn import functional as F

from seqkit.config import RNNConfig
from seqkit.errors import DataError
from seqkit.models import RNNForTokenClassification
from tests.cases import CELLS, MASKS, gradients, model, rows, same


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("side", MASKS)
@pytest.mark.parametrize("cell", CELLS)
def test_padding_is_exact(cell: str, side: str, bidirectional: bool) -> None:
    fields = {"bidirectional": bidirectional, "num_labels": 3, "num_hidden_layers": 2}
    network, mask = model(RNNForTokenClassification, cell, **fields).double(), torch.tensor(MASKS[side]).bool()
    ids = torch.where(mask, torch.randint(0, 11, mask.shape), -100)
    # No label counts at padding, whatever it is.
    labels = torch.where(mask, torch.randint(0, 3, mask.shape), 10**6)
    leaves = dict(network.named_parameters())
    out = network(ids, mask, labels=labels, num_items_in_batch=1)
    total = torch.zeros((), dtype=torch.float64)
    for index, places in rows(mask):
        one = slice(index, index + 1)
        alone = network(ids[one, places], labels=labels[one, places], num_items_in_batch=1)
        torch.testing.assert_close(out.logits[one, places], alone.logits)
        total = total + alone.loss
    loss = {"loss": out.loss.double(), **gradients(out.loss, leaves)}
    same(loss, {"loss": total, **gradients(total, leaves)})


def test_loss_is_the_mean_over_what_is_counted() -> None:
    network, ids = model(RNNForTokenClassification, num_labels=3), torch.randint(0, 11, (2, 4))
    labels = torch.tensor([[0, 1, -100, 2], [-100, -100, 1, 1]])
    out = network(ids, labels=labels)
    torch.testing.assert_close(out.loss, F.cross_entropy(out.logits.flatten(0, 1), labels.flatten()))
    assert out.logits.shape == (2, 4, 3)


def test_nan_in_padded_vectors_reaches_nothing() -> None:
    network, mask = model(RNNForTokenClassification, bidirectional=True), torch.tensor(MASKS["left"]).bool()
    x = torch.where(mask[..., None], torch.randn(4, 5, 6), torch.nan)
    out = network(inputs_embeds=x, attention_mask=mask, labels=torch.ones(4, 5).long())
    out.loss.backward()
    assert torch.isfinite(out.logits[mask]).all()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in network.parameters())


def test_labels_that_do_not_fit_are_refused() -> None:
    network, ids = model(RNNForTokenClassification, num_labels=3), torch.randint(0, 11, (2, 4))
    with pytest.raises(DataError, match=r"7.*0 to 2"):
        network(ids, labels=torch.full((2, 4), 7))
    with pytest.raises(DataError, match=r"labels.*\(2, 4\)"):
        network(ids, labels=torch.zeros(2, 3).long())


def test_outputs() -> None:
    network, ids = model(RNNForTokenClassification), torch.randint(0, 11, (2, 4))
    assert len(network(ids, output_hidden_states=True).hidden_states) == 2
    assert len(network(ids, return_dict=False)) == 1


def test_a_tagger_goes_on_from_its_state() -> None:
    model = RNNForTokenClassification(RNNConfig(vocab_size=10, hidden_size=4, num_labels=3)).eval()
    ids = torch.randint(0, 10, (2, 7))
    first = model(ids[:, :4], return_state=True)
    second = model(ids[:, 4:], initial_state=first.state)
    whole = model(ids).logits
    torch.testing.assert_close(torch.cat([first.logits, second.logits], 1), whole)
    assert model(ids).state is None
    cached = model(ids[:, :4], use_cache=True).past_key_values
    torch.testing.assert_close(model(ids[:, 4:], past_key_values=cached).logits, whole[:, 4:])


@pytest.mark.parametrize("side", MASKS)
@pytest.mark.parametrize("cell", CELLS)
def test_padding_is_exact_in_regression(cell: str, side: str) -> None:
    fields = {"bidirectional": True, "num_labels": 2, "problem_type": "regression"}
    network, mask = model(RNNForTokenClassification, cell, **fields).double(), torch.tensor(MASKS[side]).bool()
    ids = torch.where(mask, torch.randint(0, 11, mask.shape), -100)
    labels = torch.where(mask[..., None], torch.randn(*mask.shape, 2).double(), torch.nan)
    leaves = dict(network.named_parameters())
    out = network(ids, mask, labels=labels.nan_to_num(7.0), num_items_in_batch=1)
    total = torch.zeros((), dtype=torch.float64)
    for index, places in rows(mask):
        one = slice(index, index + 1)
        total = total + network(ids[one, places], labels=labels[one, places], num_items_in_batch=1).loss
    same({"loss": out.loss.double(), **gradients(out.loss, leaves)}, {"loss": total, **gradients(total, leaves)})


def test_regression_is_the_mean_of_squares_over_what_is_counted() -> None:
    network = model(RNNForTokenClassification, num_labels=1, problem_type="regression")
    ids, labels = torch.randint(0, 11, (2, 3)), torch.tensor([[1.0, torch.nan, -100.0], [0.0, 2.0, torch.nan]])
    out = network(ids, labels=labels)
    counted = ~labels.isnan()
    torch.testing.assert_close(out.loss, F.mse_loss(out.logits[..., 0][counted], labels[counted]))
    assert torch.equal(network(ids, labels=labels[..., None]).loss, out.loss)
    out.loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)
    for wrong in (labels[:, :2], torch.zeros(2, 3, 2), torch.zeros(2, 3).long()):
        with pytest.raises(DataError, match=r"expected floats \(2, 3, 1\)"):
            network(ids, labels=wrong)
