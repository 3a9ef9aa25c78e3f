"""Rows read block by block get the tags and scores of rows read whole."""

from typing import Any

import pytest
import torch

from seqkit import RNNForSequenceClassification, RNNForTokenClassification
from seqkit.inference.long import can_read_blocks, score_blocks, tag_blocks
from seqkit_crf import RNNForCRFTokenClassification
from tests.cases import POOLINGS, model

NAMES = {0: "O", 1: "B-A", 2: "I-A"}


class Doubled(RNNForTokenClassification):
    """A head with a way of its own."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return super().forward(*args, **kwargs)


@pytest.mark.parametrize("kind", [RNNForTokenClassification, RNNForCRFTokenClassification])
@torch.no_grad()
def test_tags_of_blocks_are_those_of_the_whole(kind: Any) -> None:
    network, ids = model(kind, id2label=NAMES), torch.randint(0, 11, (1, 400))
    found = [tag for tags in tag_blocks(network, [{"input_ids": ids}], 30, 10) for tag in tags]
    assert found == network(ids).logits.argmax(-1)[0].tolist()


@pytest.mark.parametrize("pooling", POOLINGS)
@torch.no_grad()
def test_scores_of_blocks_are_those_of_the_whole(pooling: str) -> None:
    network, ids = model(RNNForSequenceClassification, pooling=pooling, num_labels=3), torch.randint(0, 11, (1, 400))
    found = score_blocks(network, [{"input_ids": ids}], 30, 10)
    torch.testing.assert_close(found, network(ids).logits[0], atol=1e-5, rtol=1e-5)
    assert torch.equal(score_blocks(network, [], 30, 10), network(ids[:, :0]).logits[0])


def test_a_head_of_its_own_ways_sees_the_whole() -> None:
    assert can_read_blocks(model(RNNForTokenClassification))
    assert can_read_blocks(model(RNNForSequenceClassification))
    assert can_read_blocks(model(RNNForCRFTokenClassification, id2label=NAMES))
    assert not can_read_blocks(model(Doubled))
