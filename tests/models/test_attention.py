import math

import pytest
import torch
from torch import Tensor

from seqkit.models.attention import ATTENTIONS, Attention
from tests.cases import gradients, same

B, T, S, H = 3, 4, 5, 6
MASK = torch.tensor([[1, 1, 1, 1, 1], [0, 1, 1, 0, 1], [0, 0, 0, 1, 0]]).bool()


def make(kind: str, memory: int = H) -> Attention:
    """Make an attention whose every parameter is random."""
    made = ATTENTIONS[kind](H, memory, 7)
    for parameter in made.parameters():
        torch.nn.init.uniform_(parameter, -0.7, 0.7)
    return made


def score(kind: str, attention: Attention, q: Tensor, m: Tensor) -> Tensor:
    """Score one pair, as the papers write it."""
    weights = dict(attention.named_parameters())
    if kind == "dot":
        return q @ m
    if kind == "general":
        return q @ weights["key.weight"] @ m
    inner = weights["query.weight"] @ q + weights["key.weight"] @ m + weights["key.bias"]
    return weights["score.weight"][0] @ torch.tanh(inner)


def reference(kind: str, attention: Attention, query: Tensor, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Attend pair by pair over real places alone."""
    context, weights = [], torch.zeros(B, T, S)
    for b in range(B):
        places = mask[b].nonzero()[:, 0]
        for t in range(T):
            shares = torch.stack([score(kind, attention, query[b, t], memory[b, s]) for s in places]).exp()
            shares = shares / shares.sum()
            weights = weights.index_put((torch.tensor(b), torch.tensor(t), places), shares)
            context.append(shares @ memory[b, places])
    return torch.stack(context).view(B, T, -1), weights


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", ATTENTIONS)
def test_it_is_the_papers_equations(kind: str, masked: bool) -> None:
    attention = make(kind)
    query, memory = torch.randn(B, T, H, requires_grad=True), torch.randn(B, S, H, requires_grad=True)
    mask = MASK if masked else torch.ones_like(MASK)
    leaves = {"query": query, "memory": memory, **dict(attention.named_parameters())}
    found = attention(query, attention.remember(memory, mask if masked else None))
    expected = reference(kind, attention, query, memory, mask)
    slopes = []
    for context, weights in (found, expected):
        loss = (context * torch.linspace(1, 2, context.numel()).view_as(context)).sum() + (weights**2).sum()
        slopes.append(gradients(loss, leaves))
    same({"context": found[0], "weights": found[1]}, {"context": expected[0], "weights": expected[1]})
    same(slopes[0], slopes[1])


@pytest.mark.parametrize("kind", ATTENTIONS)
def test_padding_has_no_weight_and_no_gradient_whatever_it_holds(kind: str) -> None:
    attention, query, memory = make(kind), torch.randn(B, T, H), torch.randn(B, S, H)
    spoilt = memory.masked_fill(~MASK[..., None], math.nan).requires_grad_()
    context, weights = attention(query, attention.remember(spoilt, MASK))
    assert torch.equal(weights[~MASK[:, None].expand_as(weights)], torch.zeros(int((~MASK).sum()) * T))
    torch.testing.assert_close(weights.sum(-1), torch.ones(B, T))
    context.sum().backward()
    assert spoilt.grad is not None
    assert not spoilt.grad[~MASK].any()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in attention.parameters())
    torch.testing.assert_close(context, attention(query, attention.remember(memory, MASK))[0])


@pytest.mark.parametrize("kind", ATTENTIONS)
def test_a_row_without_a_real_place_finds_nothing(kind: str) -> None:
    attention = make(kind)
    context, weights = attention(torch.randn(1, T, H), attention.remember(torch.randn(1, S, H), MASK[:1] & False))
    assert not context.any()
    assert not weights.any()


def test_a_memory_moves_row_by_row() -> None:
    attention = make("additive")
    memory = attention.remember(torch.randn(B, S, H), MASK)
    moved = memory.map(lambda t: t[[2, 0]])
    assert torch.equal(moved.values, memory.values[[2, 0]])
    assert torch.equal(moved.keys, memory.keys[[2, 0]])
    assert moved.mask is not None
    assert torch.equal(moved.mask, MASK[[2, 0]])
    dot = make("dot").remember(torch.randn(B, S, H)).map(lambda t: t[:1])
    assert dot.keys is dot.values
