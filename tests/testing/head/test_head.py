"""The kit for heads as a whole; tests/testing/test_sweep.py runs it over every head, cell and direction."""

import pytest

from seqkit import RNNForConditionalGeneration, RNNForSequenceClassification, RNNForTokenClassification
from seqkit.testing import HeadContract, check_head
from tests.cases import POOLINGS


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_classifier_passes_with_every_pooling(pooling: str) -> None:
    report = check_head(RNNForSequenceClassification, options={"pooling": pooling, "bidirectional": True})
    report.raise_for_failures()
    assert report.summary == "ran 19, skipped 0, failed 0"


def test_an_encoder_decoder_keeps_the_contract() -> None:
    options = {"attention": "additive", "bidirectional": True}
    report = check_head(RNNForConditionalGeneration, options=options)
    report.raise_for_failures()
    assert "skipped 1" in report.summary


class TestTagger(HeadContract):
    head = RNNForTokenClassification
    options = {"layer_norm": True, "residual": True, "learn_initial_state": True}
    floor = 19
