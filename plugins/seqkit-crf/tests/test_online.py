"""The best path found while the scores come is the one found at the end."""

import pytest
import torch

from seqkit import RNNConfig
from seqkit_crf.crf import CRF
from seqkit_crf.head import RNNForCRFTokenClassification
from seqkit_crf.online import OnlineViterbi

BIO = ["O", "B-A", "I-A", "B-B", "I-B"]
IOBES = ["O", *(f"{prefix}-{kind}" for kind in "AB" for prefix in "BIES")]


def field(labels: list[str], scale: float) -> CRF:
    crf = CRF(labels)
    for parameter in crf.parameters():
        torch.nn.init.normal_(parameter, 0, scale)
    return crf


@pytest.mark.parametrize("labels", [["x", "y", "z"], BIO, IOBES], ids=len)
@pytest.mark.parametrize("block", [1, 7, 64, 1000])
@pytest.mark.parametrize("scale", [0.0, 1.0, 5.0])
def test_any_blocks_give_the_path_of_the_whole(labels: list[str], block: int, scale: float) -> None:
    crf, scores = field(labels, scale), torch.randn(1, 700, len(labels))
    decoder = OnlineViterbi(crf)
    found = [tag for part in scores.split(block, 1) for tag in decoder.feed(part)]
    found += decoder.finish()
    whole = crf.decode(scores, torch.ones(1, 700, dtype=torch.bool))[0][0, 0]
    assert found == whole.tolist()


def test_what_is_decided_is_given_and_forgotten() -> None:
    crf = field(BIO, 1.0)
    decoder, waiting = OnlineViterbi(crf), []
    for _ in range(200):
        decoder.feed(torch.randn(1, 100, len(BIO)))
        waiting.append(len(decoder.back))
    assert max(waiting) < 250


def test_paths_that_never_meet_are_kept() -> None:
    crf = CRF(["x", "y"])
    with torch.no_grad():
        crf.transitions.copy_(torch.tensor([[0.0, -1e6], [-1e6, 0.0]]))
        crf.ends.copy_(torch.tensor([0.0, 1.0]))
    decoder = OnlineViterbi(crf)
    assert [decoder.feed(torch.zeros(1, 100, 2)) for _ in range(5)] == [[]] * 5
    assert decoder.finish() == [1] * 500


def test_no_tokens() -> None:
    decoder = OnlineViterbi(field(BIO, 1.0))
    assert decoder.feed(torch.zeros(1, 0, 5)) == decoder.finish() == []


def test_the_head_gives_it() -> None:
    head = RNNForCRFTokenClassification(RNNConfig(vocab_size=9, hidden_size=4, num_labels=3))
    assert isinstance(head.stream_decoder(), OnlineViterbi)
