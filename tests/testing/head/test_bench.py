import pytest
import torch

from seqkit import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification, RNNModel
from seqkit.testing.head.bench import LABELS, B, HeadBench, T, V, batch, slopes


def test_labels_and_scores_follow_from_the_auto_class() -> None:
    ids = batch()
    assert torch.equal(HeadBench(RNNForCausalLM).labels(ids), ids)
    assert HeadBench(RNNForSequenceClassification).labels(ids).shape == (B,)
    assert HeadBench(RNNForTokenClassification).labels(ids).shape == (B, T)
    shapes = [HeadBench(kind).shape() for kind in (RNNForCausalLM, RNNForSequenceClassification)]
    assert shapes == [(B, T, V), (B, LABELS)]


def test_a_head_that_serves_nothing_is_told() -> None:
    with pytest.raises(AssertionError, match="its auto_class_name is 'AutoModel'"):
        _ = HeadBench(RNNModel).serves


def test_options_are_fields_of_the_configuration() -> None:
    model = HeadBench(RNNForTokenClassification, {"cell": "lstm"}).make(bidirectional=True)
    assert (model.config.cell, model.config.bidirectional) == ("lstm", True)
    assert all(gradient.shape for gradient in slopes(model, model(batch()).logits.sum()))
