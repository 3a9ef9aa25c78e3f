"""When a language model holds its scores, and that its loss does not depend on it."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from seqkit.models import RNNForCausalLM, language_loss
from tests.cases import MASKS, gradients, model, same
from tests.training.cases import weights, writer

IDS = torch.tensor([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [1, 1, 2, 3, 5], [0, 0, 0, 0, 0]])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a vocabulary of 11 be a large one."""
    monkeypatch.setattr(language_loss, "LARGE", 11)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("tied", [True, False])
def test_without_scores_the_loss_is_the_same(tied: bool, mask: list) -> None:
    network = model(RNNForCausalLM, tie_word_embeddings=tied).train()
    leaves = dict(network.named_parameters())
    for extra in ({"num_items_in_batch": 3}, {"num_items_in_batch": torch.tensor(5), "label_smoothing": 0.2}):
        given = {"attention_mask": torch.tensor(mask), "labels": IDS, **extra}
        spared, held = network(IDS, **given), network(IDS, **given, return_logits=True)
        assert spared.logits is None
        assert held.logits.shape == (4, 5, 11)
        torch.testing.assert_close(spared.loss, held.loss)
        same(gradients(spared.loss, leaves), gradients(held.loss, leaves))


def test_label_smoothing_is_torch_s() -> None:
    network = model(RNNForCausalLM)
    outputs = network(IDS, labels=IDS, label_smoothing=0.3)
    expected = F.cross_entropy(outputs.logits[:, :-1].flatten(0, 1), IDS[:, 1:].flatten(), label_smoothing=0.3)
    torch.testing.assert_close(outputs.loss, expected)
    adaptive = model(RNNForCausalLM, adaptive_cutoffs=[4], adaptive_div_value=2.0).train()
    outputs = adaptive(IDS, labels=IDS, label_smoothing=0.3)
    assert outputs.logits is None
    torch.testing.assert_close(outputs.loss, adaptive(IDS, labels=IDS, label_smoothing=0.3, return_logits=True).loss)


def test_scores_are_spared_only_where_nobody_misses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    network = model(RNNForCausalLM).train()
    assert network(IDS, labels=IDS).logits is None
    assert network(IDS).logits is not None
    assert network.eval()(IDS, labels=IDS).logits is not None
    assert network(IDS, labels=IDS, return_logits=False).logits is None
    assert network(IDS, return_logits=False).logits is None
    monkeypatch.setattr(language_loss, "LARGE", 12)
    assert network.train()(IDS, labels=IDS).logits is not None


def test_who_listens_to_the_head_or_has_a_loss_of_his_own_gets_scores() -> None:
    network, seen = model(RNNForCausalLM).train(), []
    handle = network.lm_head.register_forward_hook(lambda *args: seen.append(args[2]))
    assert network(IDS, labels=IDS).logits is seen[0]
    handle.remove()
    network.loss_function = lambda logits, *args, **kwargs: logits.sum() * 0 + 7
    for asked in (None, False):
        assert float(network(IDS, labels=IDS, return_logits=asked).loss.detach()) == 7
    compiled = torch.compile(model(RNNForCausalLM).train(), backend="eager")
    assert compiled(IDS, labels=IDS).logits is not None


def test_a_training_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(size: int, **options: Any) -> tuple[dict[str, Any], float]:
        monkeypatch.setattr(language_loss, "LARGE", size)
        trainer = writer(tmp_path, {"tie_word_embeddings": True, "output_dropout": 0.2}, **options)
        trainer.train()
        return weights(trainer), trainer.evaluate()["eval_loss"]

    for options in ({}, {"label_smoothing_factor": 0.1}, {"bf16": True}, {"gradient_accumulation_steps": 2}):
        spared, held = trained(2, **options), trained(100, **options)
        same(spared[0], held[0], 2e-2 if "bf16" in options else 1e-5)
        assert spared[1] == pytest.approx(held[1], abs=1e-2 if "bf16" in options else 1e-5)


def test_evaluation_holds_no_scores(tmp_path: Path) -> None:
    trainer, seen = writer(tmp_path), []
    trainer.model.register_forward_hook(lambda *args: seen.append(args[2].logits))
    trainer.evaluate()
    assert seen
    assert not any(scores is not None for scores in seen)
