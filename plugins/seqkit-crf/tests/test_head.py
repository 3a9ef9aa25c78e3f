"""The head keeps the contract of heads, learns, and gives pipelines the best sequence."""

import pytest
import torch
from transformers import AutoModelForTokenClassification

from seqkit import RNNConfig
from seqkit.testing import HeadContract
from seqkit_crf import RNNForCRFTokenClassification

LABELS = ["O", "B-A", "I-A"]


class TestCRF(HeadContract):
    head = RNNForCRFTokenClassification


def tagger(**fields: object) -> RNNForCRFTokenClassification:
    torch.manual_seed(0)
    names = {"id2label": dict(enumerate(LABELS)), "label2id": {name: i for i, name in enumerate(LABELS)}}
    return RNNForCRFTokenClassification(RNNConfig(cell="gru", vocab_size=10, hidden_size=16, **names, **fields))


def test_the_argmax_is_the_best_sequence_and_a_softmax_sums_to_one() -> None:
    model, ids = tagger(bidirectional=True).eval(), torch.randint(0, 10, (8, 6))
    with torch.no_grad():
        torch.nn.init.normal_(model.classifier.weight, 0, 3)
        logits = model(ids).logits
        scores = model.train()(ids).logits
    real = torch.ones(8, 6, dtype=torch.bool)
    assert torch.equal(logits.argmax(-1), model.crf.decode(scores, real)[0][:, 0])
    likely = logits.gather(-1, logits.argsort(-1)[..., :1]).exp()
    torch.testing.assert_close(likely, model.crf.marginals(scores, real).amin(-1, keepdim=True), atol=1e-4, rtol=1e-3)


def test_it_learns_what_depends_on_the_tag_before() -> None:
    model = tagger()
    ids = torch.tensor([[1, 2, 2, 3, 2, 2]]).repeat(8, 1)
    labels = torch.tensor([[1, 2, 2, 0, 0, 0]]).repeat(8, 1)
    optimizer = torch.optim.Adam(model.parameters(), 0.05)
    for _ in range(60):
        loss = model(ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.05
    assert torch.equal(model.eval()(ids).logits.argmax(-1), labels)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_saved_model_is_loaded_by_its_auto_class(tmp_path: object, mode: type) -> None:
    model, ids = tagger().eval(), torch.randint(0, 10, (2, 5))
    torch.nn.init.normal_(model.crf.transitions)
    model.save_pretrained(tmp_path)
    loaded = AutoModelForTokenClassification.from_pretrained(tmp_path)
    assert type(loaded) is RNNForCRFTokenClassification
    with mode():
        assert torch.equal(loaded(ids).logits, model(ids).logits)
