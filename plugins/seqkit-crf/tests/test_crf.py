"""The field against sums over all sequences, and against an implementation of others."""

from itertools import pairwise, product

import pytest
import torch

from seqkit_crf.constraints import moves
from seqkit_crf.crf import CRF, NEVER

torchcrf = pytest.importorskip("torchcrf", reason="pytorch-crf is the independent implementation: install it")
BIO = ["O", "B-A", "I-A", "B-B", "I-B"]
REAL = torch.tensor([[1, 1, 1, 1], [0, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0]]).bool()


def field(labels: list[str]) -> CRF:
    torch.manual_seed(0)
    crf = CRF(labels)
    for parameter in crf.parameters():
        torch.nn.init.normal_(parameter)
    return crf


def every(crf: CRF, emissions: torch.Tensor, real: torch.Tensor) -> dict[tuple[int, ...], float]:
    """Score all sequences of one row by the formula."""
    a, s, z = (scores.detach() for scores in crf.scores())
    rows = emissions[real]
    found = {}
    for tags in product(range(len(crf.labels)), repeat=len(rows)):
        score = sum(float(e[tag]) for e, tag in zip(rows, tags, strict=True))
        score += sum(float(a[x, y]) for x, y in pairwise(tags))
        found[tags] = score + (float(s[tags[0]]) + float(z[tags[-1]]) if tags else 0.0)
    return found


@pytest.mark.parametrize("labels", [["x", "y", "z"], BIO], ids=str)
def test_all_is_what_a_sum_over_all_sequences_gives(labels: list[str]) -> None:
    crf, emissions = field(labels), torch.randn(4, 4, len(labels))
    partition, marginals = crf.log_partition(emissions, REAL), crf.marginals(emissions, REAL)
    tags, scores = crf.decode(emissions, REAL, n=3)
    for row, real in enumerate(REAL):
        found = every(crf, emissions[row], real)
        log_z = torch.tensor(list(found.values())).logsumexp(0)
        torch.testing.assert_close(partition[row], log_z, atol=1e-4, rtol=1e-4)
        expected = torch.zeros(int(real.sum()), len(labels))
        for sequence, score in found.items():
            for place, tag in enumerate(sequence):
                expected[place, tag] += (score - log_z).exp()
        torch.testing.assert_close(marginals[row][real], expected, atol=1e-4, rtol=1e-4)
        best = sorted(found.items(), key=lambda pair: -pair[1])[:3] if real.any() else []
        assert [tuple(tags[row, i][real].tolist()) for i in range(len(best))] == [sequence for sequence, _ in best]
        for i, (_, score) in enumerate(best):
            torch.testing.assert_close(scores[row, i], torch.tensor(score), atol=1e-4, rtol=1e-4)
        assert (tags[row][:, ~real] == -100).all()


def test_loss_gradients_and_best_sequence_are_those_of_pytorch_crf() -> None:
    crf, other = field(["x", "y", "z"]), torchcrf.CRF(3, batch_first=True)
    for ours, theirs in ((crf.transitions, other.transitions), (crf.starts, other.start_transitions)):
        theirs.data.copy_(ours.data)
    other.end_transitions.data.copy_(crf.ends.data)
    lengths = torch.randint(1, 9, (16,))
    lengths[0] = 8
    real = torch.arange(8) < lengths[:, None]
    emissions, labels = torch.randn(16, 8, 3, requires_grad=True), torch.randint(0, 3, (16, 8))
    found = crf.loss(emissions, labels, real)
    expected = -other(emissions, labels, real, reduction="none")
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    gradients = [torch.autograd.grad(loss.sum(), emissions)[0] for loss in (found, expected)]
    torch.testing.assert_close(*gradients, atol=1e-4, rtol=1e-4)
    tags = crf.decode(emissions, real)[0][:, 0]
    assert [row[mask].tolist() for row, mask in zip(tags, real, strict=True)] == other.decode(emissions, real)


def test_an_unknown_label_is_summed_over() -> None:
    crf, emissions = field(["x", "y", "z"]), torch.randn(1, 4, 3)
    real, labels = torch.ones(1, 4, dtype=torch.bool), torch.tensor([[0, -100, 2, 1]])
    filled = [labels.clone().index_fill(1, torch.tensor(1), tag) for tag in range(3)]
    whole = torch.stack([-crf.loss(emissions, each, real) for each in filled]).logsumexp(0)
    torch.testing.assert_close(crf.loss(emissions, labels, real), -whole)


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [("O", "I-A", False), ("B-A", "I-A", True), ("B-A", "I-B", False), ("I-A", "B-B", True), ("I-A", "O", True)],
)
def test_spans_in_bio(before: str, after: str, allowed: bool) -> None:
    assert moves(BIO)[BIO.index(before)][BIO.index(after)] is allowed


def test_spans_in_bioes_end() -> None:
    labels = ["O", "B-A", "I-A", "E-A", "S-A"]
    names = [*labels, "edge"]
    rows = zip(names, moves(labels), strict=True)
    table = {before: {after for after, ok in zip(names, row, strict=True) if ok} for before, row in rows}
    assert table["B-A"] == table["I-A"] == {"I-A", "E-A"}
    assert table["O"] == table["E-A"] == table["S-A"] == {"O", "B-A", "S-A", "edge"}
    assert table["edge"] >= {"O", "B-A", "S-A"}


def test_spans_of_two_words_at_most_are_constrained_too() -> None:
    labels = ["O", "B-A", "E-A"]
    assert moves(labels)[0] == [True, True, False, True]
    assert moves(labels)[1] == [False, False, True, False]


def test_no_best_sequence_breaks_a_span() -> None:
    crf, emissions = field(BIO), 5 * torch.randn(50, 6, 5)
    tags = crf.decode(emissions, torch.ones(50, 6, dtype=torch.bool))[0][:, 0]
    table = torch.tensor(moves(BIO))
    assert table[tags[:, :-1], tags[:, 1:]].all()
    assert table[-1][tags[:, 0]].all()
    free = emissions.argmax(-1)
    assert not table[free[:, :-1], free[:, 1:]].all()


def test_a_labelled_sequence_has_the_score_of_its_sum_wherever_padding_stands() -> None:
    made, real = field(["a", "b", "c"]), torch.rand(6, 7, generator=torch.Generator().manual_seed(1)) > 0.4
    real[2], real[3] = False, True
    e, y = torch.randn(6, 7, 3, requires_grad=True), torch.randint(3, (6, 7)).masked_fill(~real, -100)
    known = torch.where(y[..., None] == torch.arange(3), e, NEVER)
    scored, summed = made.score(e, y, real), made.log_partition(known, real)
    assert torch.allclose(scored, summed, atol=1e-4)
    leaves = [e, *made.parameters()]
    for found, expected in zip(
        torch.autograd.grad(scored.sum(), leaves), torch.autograd.grad(summed.sum(), leaves), strict=True
    ):
        assert torch.allclose(found, expected, atol=1e-4)


def test_scores_far_apart_lose_nothing() -> None:
    made, e = field(["a", "b"]), torch.tensor([[[300.0, -300.0], [-300.0, 300.0], [300.0, -300.0]]])
    a, s, z = (part.double() for part in made.scores())
    alpha = s + e[0, 0].double()
    for t in (1, 2):
        alpha = (alpha[:, None] + a).logsumexp(0) + e[0, t].double()
    expected = (alpha + z).logsumexp(0).float()
    assert torch.allclose(made.log_partition(e, torch.ones(1, 3, dtype=torch.bool))[0], expected, atol=1e-3)
