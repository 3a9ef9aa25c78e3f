"""The adaptive softmax against torch's own, tied and untied, and as the head of a language model."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqkit import RNNConfig, RNNForCausalLM
from seqkit.errors import ConfigError
from seqkit.generation import Stream, quantize
from seqkit.models.adaptive import AdaptiveSoftmax
from tests.cases import gradients, poisoned, same

H, V, CUTOFFS = 8, 30, [4, 11]
TARGETS = torch.tensor([0, 29, 3, -100, 4, 10, 11, 25, 1, -100])


def pair(div_value: float) -> tuple[AdaptiveSoftmax, nn.AdaptiveLogSoftmaxWithLoss]:
    torch.manual_seed(0)
    ours = AdaptiveSoftmax(H, CUTOFFS, V, div_value)
    theirs = nn.AdaptiveLogSoftmaxWithLoss(H, V, CUTOFFS, div_value)
    with torch.no_grad():
        ours.words[0].weight.copy_(theirs.head.weight[:4])
        ours.clusters.weight.copy_(theirs.head.weight[4:])
        for k, (projection, words) in enumerate(theirs.tail):
            ours.projections[k].weight.copy_(projection.weight)
            ours.words[k + 1].weight.copy_(words.weight)
    return ours, theirs


def test_everything_is_as_in_torch() -> None:
    ours, theirs = pair(2.0)
    hidden = torch.randn(10, H, requires_grad=True)
    torch.testing.assert_close(ours(hidden), theirs.log_prob(hidden))
    counted = TARGETS >= 0
    expected = -theirs(hidden[counted], TARGETS[counted]).output.mean()
    loss = ours.loss(hidden, TARGETS)
    torch.testing.assert_close(loss, expected)
    mine = {"hidden": hidden, **dict(ours.named_parameters())}
    found = gradients(loss, mine)
    other = gradients(expected, {"hidden": hidden, **dict(theirs.named_parameters())})
    torch.testing.assert_close(found["hidden"], other["hidden"])
    head = torch.cat([found["words.0.weight"], found["clusters.weight"]])
    torch.testing.assert_close(head, other["head.weight"])
    for k in range(2):
        torch.testing.assert_close(found[f"projections.{k}.weight"], other[f"tail.{k}.0.weight"])
        torch.testing.assert_close(found[f"words.{k + 1}.weight"], other[f"tail.{k}.1.weight"])


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("targets", [TARGETS, torch.tensor([0, 1, 2, 3, 3, 3, 3, 3, 3, -100])])
def test_the_loss_is_that_of_the_probabilities(tied: bool, targets: Tensor) -> None:
    torch.manual_seed(0)
    head = AdaptiveSoftmax(H, CUTOFFS, V, 2.0, tied)
    for parameter in head.parameters():
        nn.init.uniform_(parameter, -1, 1)
    hidden = torch.randn(2, 5, H, requires_grad=True)
    torch.testing.assert_close(head(hidden).exp().sum(-1), torch.ones(2, 5))
    leaves = {"hidden": hidden, **dict(head.named_parameters())}
    for num_items in (None, 3):
        scores = head(hidden)
        expected = F.cross_entropy(scores.flatten(0, 1), targets, reduction="sum") / (num_items or (targets >= 0).sum())
        loss = head.loss(hidden, targets.view(2, 5), num_items)
        torch.testing.assert_close(loss, expected)
        same(gradients(loss, leaves), gradients(expected, leaves))


def network(tied: bool = False) -> RNNForCausalLM:
    torch.manual_seed(0)
    fields = {"adaptive_cutoffs": CUTOFFS, "adaptive_div_value": 2.0, "tie_word_embeddings": tied}
    return RNNForCausalLM(RNNConfig(vocab_size=V, hidden_size=H, **fields))


@pytest.mark.parametrize("tied", [True, False])
def test_as_a_head_it_trains_saves_and_writes(tied: bool, tmp_path) -> None:
    model, ids = network(tied), torch.randint(0, V, (2, 9))
    assert (
        (model.lm_head.weight is model.get_input_embeddings().weight) if tied else not hasattr(model.lm_head, "weight")
    )
    spared, whole = model.train()(ids, labels=ids), model.eval()(ids, labels=ids)
    assert spared.logits is None
    assert whole.logits.shape == (2, 9, V)
    torch.testing.assert_close(spared.loss, whole.loss)
    model.save_pretrained(tmp_path)
    with poisoned():
        again = RNNForCausalLM.from_pretrained(tmp_path).eval()
    assert torch.equal(again(ids).logits, whole.logits)
    written = again.generate(ids, max_new_tokens=5, do_sample=False)
    assert torch.equal(written, again.generate(ids, max_new_tokens=5, do_sample=False, use_cache=False))
    for place in range(9, 14):
        assert torch.equal(written[:, place], again(written[:, :place]).logits[:, -1].argmax(-1))
    assert len(Stream(again).feed([1, 2]).generate(max_new_tokens=3)) == 3


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(ConfigError, match="8-bit"):
        quantize(network())
    with pytest.raises(ConfigError, match="resized"):
        network().resize_token_embeddings(V + 1)
    assert network().resize_token_embeddings(V).num_embeddings == V
    for cutoffs in ([11, 4], [4, 4], [30], [31]):
        with pytest.raises(ConfigError, match=r"adaptive_cutoffs is .*expected increasing ids"):
            RNNConfig(vocab_size=V, hidden_size=H, adaptive_cutoffs=cutoffs)
    with pytest.raises(ConfigError, match="leaves cluster 2 no width of 8"):
        RNNConfig(vocab_size=V, hidden_size=H, adaptive_cutoffs=CUTOFFS, adaptive_div_value=4.0)
