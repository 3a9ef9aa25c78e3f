"""AR and TAR: what they add to the loss, for any cell, under any padding, across segments and accumulated parts."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seqkit.errors import ConfigError
from seqkit.models import RNNForCausalLM, RNNForTokenClassification
from seqkit.training.regularization import ActivationRegularizer, activation_penalty, temporal_penalty
from tests.cases import CELLS, MASKS, model, rows, same
from tests.training.cases import IDS, classifier, weights, writer

BOTH = {"activation_regularization": 2.0, "temporal_activation_regularization": 1.0}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_penalties_are_those_of_the_real_tokens_alone(mask: list) -> None:
    real, y = torch.tensor(mask).bool(), torch.randn(4, 5, 3)
    squares, changes = [], []
    for index, places in rows(real):
        row = y[index, places]
        squares.append(row.square())
        changes.append((row[1:] - row[:-1]).square())
    expected = [
        torch.cat(found).mean() if torch.cat(found).numel() else torch.tensor(0.0) for found in (squares, changes)
    ]
    y = torch.where(real[..., None], y, torch.nan).requires_grad_()
    found = activation_penalty(y, real), temporal_penalty(y, real)
    torch.testing.assert_close(list(found), expected)
    sum(found).backward()
    assert torch.isfinite(y.grad).all()


def test_what_was_read_before_counts_as_the_token_before() -> None:
    y = torch.randn(2, 6, 3)
    whole = temporal_penalty(y[:, 1:], before=y[:, 0])
    torch.testing.assert_close(whole, (y[:, 1:] - y[:, :-1]).square().mean())
    # A row that begins with padding follows on what was read before the padding.
    padded = torch.cat([y[:, :1] * torch.nan, y[:, 1:]], 1)
    real = torch.tensor([[0, 1, 1, 1, 1, 1]] * 2).bool()
    torch.testing.assert_close(temporal_penalty(padded, real, y[:, 0]), whole)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", [RNNForCausalLM, RNNForTokenClassification])
def test_any_cell_and_head_is_watched(cell: str, kind: type) -> None:
    network = model(kind, cell, output_dropout=0.5, num_hidden_layers=2).train()
    watcher = ActivationRegularizer(network, 2.0, 3.0)
    with watcher.watch():
        outputs = network(torch.tensor([[1, 2, 3], [4, 5, 6]]), output_hidden_states=True)
    raw = outputs.hidden_states[-1]
    temporal = ActivationRegularizer(network, 0.0, 3.0)
    temporal._seen = watcher._seen
    torch.testing.assert_close(temporal.penalty(False), 3 * (raw[:, 1:] - raw[:, :-1]).square().mean())
    dropped = watcher._seen[1]
    assert (dropped == 0).any()
    total = watcher.penalty(carried=False)
    torch.testing.assert_close(total, 2 * dropped.square().mean() + 3 * (raw[:, 1:] - raw[:, :-1]).square().mean())
    assert not network.model.output_dropout._forward_hooks


def by_hand(network: RNNForCausalLM, steps: int) -> None:
    """Train as AWD-LSTM does, with the step over each border."""
    optimizer, state, last = torch.optim.SGD(network.parameters(), lr=0.5), None, None
    length = 96
    for step in range(steps):
        at = [stream * length + step * 8 for stream in range(4)]
        ids = torch.stack([IDS[n : n + 8] for n in at])
        targets = torch.stack([IDS[n + 1 : n + 9] for n in at])
        outputs = network(ids, initial_state=state, return_state=True, output_hidden_states=True)
        h = outputs.hidden_states[-1]
        loss = nn.functional.cross_entropy(outputs.logits.flatten(0, 1), targets.flatten()) + 2 * h.square().mean()
        whole = h if last is None else torch.cat([last, h], 1)
        loss = loss + (whole[:, 1:] - whole[:, :-1]).square().mean()
        last = h[:, -1:].detach()
        loss.backward()
        state = tuple(tuple(part.detach() for part in layer) for layer in outputs.state)
        optimizer.step()
        optimizer.zero_grad()


def test_training_equals_a_loop_written_by_hand(tmp_path: Path) -> None:
    options = {"optim": "sgd", "learning_rate": 0.5, "lr_scheduler_type": "constant", "max_grad_norm": 0.0, **BOTH}
    trainer, twin = writer(tmp_path, **options), writer(tmp_path)
    by_hand(twin.model, 6)
    trainer.train()
    same(weights(trainer), weights(twin))
    forgetful = writer(tmp_path, **options)
    watch = ActivationRegularizer.watch
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ActivationRegularizer, "watch", lambda self: (self.forget(), watch(self))[1])
        forgetful.train()
    assert any(not torch.allclose(w, weights(twin)[name], atol=1e-5) for name, w in weights(forgetful).items())


def test_resume_knows_the_output_before_the_border(tmp_path: Path) -> None:
    # The output is not in the state where layers are normalised.
    fields = {"layer_norm": True, "output_dropout": 0.2}
    whole = writer(tmp_path / "a", fields, max_steps=9, save_strategy="steps", save_steps=4, **BOTH)
    whole.train()
    again = writer(tmp_path / "b", fields, max_steps=9, **BOTH)
    again.train(resume_from_checkpoint=str(tmp_path / "a" / "checkpoint-4"))
    assert all(torch.equal(tensor, weights(whole)[name]) for name, tensor in weights(again).items())


def test_an_epoch_begins_with_nothing_before(tmp_path: Path) -> None:
    trainer = writer(tmp_path, **BOTH)
    trainer.train()
    assert trainer.regularizer.last is not None
    trainer.forget()
    assert trainer.regularizer.last is None


def gradient(trainer) -> dict[str, Tensor]:
    """Return what one step of SGD with learning rate 1 takes away."""
    before = weights(trainer)
    trainer.train()
    after = weights(trainer)
    return {name: before[name] - after[name] for name in before}


def test_accumulated_parts_give_the_mean_of_their_penalties(tmp_path: Path) -> None:
    options = {"optim": "sgd", "learning_rate": 1.0, "lr_scheduler_type": "constant", "max_grad_norm": 0.0}
    options |= {"max_steps": 1, "train_sampling_strategy": "sequential"}
    sizes = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 2}
    tar = {"activation_regularization": 3.0}
    whole = [gradient(classifier(tmp_path, **options, **more)) for more in ({}, tar)]
    parts = [gradient(classifier(tmp_path, **options, **sizes, **more)) for more in ({}, tar)]
    same(parts[0], whole[0])
    expected: dict[str, Tensor] = {}
    network = classifier(tmp_path)
    for first in (0, 2):
        batch = network.data_collator(network.train_dataset[first : first + 2])
        outputs = network.model(batch["input_ids"], batch["attention_mask"], output_hidden_states=True)
        penalty = 3 * activation_penalty(outputs.hidden_states[-1], batch["attention_mask"].bool()) / 2
        names, parameters = zip(*network.model.named_parameters(), strict=True)
        found = torch.autograd.grad(penalty, parameters, allow_unused=True)
        for name, grad in zip(names, found, strict=True):
            expected[name] = expected.get(name, torch.tensor(0.0)) + (0.0 if grad is None else grad)
    same(
        {name: parts[1][name] - parts[0][name] for name in parts[0]},
        {k: v.expand_as(parts[0][k]) for k, v in expected.items()},
    )


def test_evaluation_has_no_penalty(tmp_path: Path) -> None:
    plain, penalised = writer(tmp_path), writer(tmp_path, **BOTH)
    assert plain.evaluate() == penalised.evaluate()
    assert classifier(tmp_path).evaluate()["eval_loss"] == classifier(tmp_path, **BOTH).evaluate()["eval_loss"]


def test_a_model_of_another_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match="Linear holds no RNNModel"):
        ActivationRegularizer(nn.Linear(2, 2), 1.0, 0.0)


def test_without_a_pass_there_is_no_penalty() -> None:
    with pytest.raises(RuntimeError, match="without a forward pass"):
        ActivationRegularizer(model(RNNForCausalLM), 1.0, 0.0).penalty(False)
