"""The fused loss against its naive twin: the value and every gradient, whatever the block, type and targets."""

import subprocess
import sys
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit.errors import StateError
from seqkit.models import cross_entropy
from seqkit.models.cross_entropy import linear_cross_entropy
from tests.cases import gradients, same

N, H, V = 13, 5, 29
TARGETS = torch.tensor([0, 28, -100, 3, 3, -100, 7, 11, 28, 1, 0, 5, -100])


def leaves(dtype: torch.dtype = torch.float32, bias: bool = True) -> dict[str, Tensor]:
    torch.manual_seed(0)
    shapes = {"hidden": (N, H), "weight": (V, H), "bias": (V,)}
    made = {name: 3 * torch.randn(shape) for name, shape in shapes.items() if bias or name != "bias"}
    return {name: tensor.to(dtype).requires_grad_() for name, tensor in made.items()}


def fused(given: dict[str, Tensor], targets: Tensor = TARGETS, **options: Any) -> Tensor:
    return linear_cross_entropy(given["hidden"], given["weight"], given.get("bias"), targets, **options)


def plain(given: dict[str, Tensor], targets: Tensor = TARGETS, smoothing: float = 0.0) -> Tensor:
    scores = F.linear(given["hidden"], given["weight"], given.get("bias"))
    return F.cross_entropy(scores, targets, label_smoothing=smoothing)


@pytest.mark.parametrize("rows", [1, 4, 13, 100, None])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_loss_and_gradients_are_those_of_the_scores(rows: int | None, bias: bool, smoothing: float) -> None:
    given = leaves(torch.float64, bias)
    loss, expected = fused(given, rows=rows, smoothing=smoothing), plain(given, smoothing=smoothing)
    torch.testing.assert_close(loss, expected)
    # Times 3: what comes from above must reach every gradient.
    same(gradients(3 * loss, given), gradients(3 * expected, given), 1e-10)


def test_one_matrix_may_be_used_twice() -> None:
    given = leaves()
    ids = torch.arange(N)
    loss = linear_cross_entropy(F.embedding(ids, given["weight"]), given["weight"], None, TARGETS, rows=4)
    expected = F.cross_entropy(F.linear(F.embedding(ids, given["weight"]), given["weight"]), TARGETS)
    weight = {"weight": given["weight"]}
    same(gradients(loss, weight), gradients(expected, weight))


def test_any_shape_and_divisor() -> None:
    given, targets = leaves(), TARGETS[:12].view(3, 4)
    hidden = given["hidden"][:12].view(3, 4, H)
    for num_items in (7, torch.tensor(7)):
        loss = linear_cross_entropy(hidden, given["weight"], None, targets, num_items)
        scores = F.linear(hidden, given["weight"]).flatten(0, 1)
        torch.testing.assert_close(loss, F.cross_entropy(scores, targets.flatten(), reduction="sum") / 7)


def test_only_what_needs_a_gradient_gets_one() -> None:
    for frozen in ("hidden", "weight", "bias"):
        given = leaves()
        given[frozen].requires_grad_(False)
        fused(given).backward()
        assert [name for name, leaf in given.items() if leaf.grad is None] == [frozen]
    with torch.no_grad():
        assert not fused(leaves()).requires_grad
        torch.testing.assert_close(fused(leaves()), plain(leaves()))


def test_nothing_counted_is_the_mean_of_nothing() -> None:
    given, nothing = leaves(), torch.full((N,), -100)
    assert fused(given, nothing).isnan()
    assert fused(given, nothing, num_items=4).item() == 0
    found = gradients(fused(given, nothing, num_items=4), given)
    assert all((grad == 0).all() for grad in found.values())
    assert linear_cross_entropy(torch.zeros(0, H), given["weight"], None, TARGETS[:0], 1) == 0


def test_large_scores_do_not_overflow() -> None:
    given = {name: (1000 * leaf).detach().requires_grad_() for name, leaf in leaves().items()}
    torch.testing.assert_close(fused(given), plain(given))
    same(gradients(fused(given), given), gradients(plain(given), given), 1e-3)


@pytest.mark.parametrize("autocast", [True, False])
def test_in_bfloat16_it_is_as_near_as_the_scores_are(autocast: bool) -> None:
    exact, given = leaves(), leaves(torch.float32 if autocast else torch.bfloat16)
    with torch.autocast("cpu", enabled=autocast):
        loss = fused(given, rows=4)
        scores = F.linear(given["hidden"], given["weight"], given["bias"])
    expected = F.cross_entropy(scores.float(), TARGETS)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, expected, atol=0.02, rtol=0.01)
    found, truth = gradients(loss, given), gradients(plain(exact), exact)
    assert all(found[name].dtype == given[name].dtype for name in given)
    same({name: grad.float() for name, grad in found.items()}, truth, 0.06)


def test_gradients_are_handed_out_once() -> None:
    loss = fused(leaves())
    loss.backward(retain_graph=True)
    with pytest.raises(StateError, match="return_logits=True"):
        loss.backward()


def test_a_block_has_enough_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    block = cross_entropy.block_loss
    monkeypatch.setattr(
        cross_entropy, "block_loss", lambda scores, *rest: seen.append(len(scores)) or block(scores, *rest)
    )
    linear_cross_entropy(torch.randn(300, 2), torch.randn(100_000, 2), None, torch.zeros(300, dtype=torch.long))
    assert seen == [128, 128, 44]


PEAK = """
import resource, sys, torch
from seqkit.models.cross_entropy import linear_cross_entropy
hidden, weight = torch.randn(4096, 16, requires_grad=True), torch.randn(20000, 16, requires_grad=True)
targets = torch.randint(0, 20000, (4096,))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if sys.argv[1] == "fused":
    loss = linear_cross_entropy(hidden, weight, None, targets)
else:
    loss = torch.nn.functional.cross_entropy(hidden @ weight.T, targets)
loss.backward()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
def test_memory_is_that_of_a_block() -> None:
    peak = {
        kind: int(subprocess.run([sys.executable, "-c", PEAK, kind], capture_output=True, text=True, check=True).stdout)
        for kind in ("fused", "plain")
    }
    # All scores take 313 MB, and torch holds them at least twice.
    assert peak["plain"] > 600
    assert peak["fused"] < 120
