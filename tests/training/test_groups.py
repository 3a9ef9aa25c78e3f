"""Layers apart: their learning rates, and the order in which they thaw."""

from pathlib import Path

import pytest
import torch
from transformers import TrainerCallback

from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification
from seqkit.training.groups import layer_groups
from tests.cases import model
from tests.training.cases import classifier, weights

DEEP = {"num_hidden_layers": 2, "layer_norm": True, "learn_initial_state": True, "pooling": "attention"}


@pytest.mark.parametrize("kind", [RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification])
def test_every_parameter_is_in_one_group(kind: type) -> None:
    network = model(kind, num_hidden_layers=3)
    groups = layer_groups(network)
    assert sorted(name for names in groups for name in names) == sorted(name for name, _ in network.named_parameters())
    assert [{name.split(".")[1] for name in names} for names in groups[1:]] == [{"layers"}] * 3 + [{"embed_tokens"}]
    assert not any(name.startswith("model.") for name in groups[0])


def test_tied_weights_are_the_embedding_s() -> None:
    network = model(RNNForCausalLM, tie_word_embeddings=True)
    assert layer_groups(network)[-1] == ["model.embed_tokens.weight"]
    vectors = model(RNNForTokenClassification, num_features=3, embedding_size=4)
    assert {name.split(".")[1] for name in layer_groups(vectors)[-1]} == {"input_projection"}


def test_each_layer_learns_slower_than_the_one_above(tmp_path: Path) -> None:
    trainer = classifier(tmp_path, DEEP, learning_rate=0.1, layer_lr_factor=2.6, weight_decay=0.01)
    optimizer = trainer.create_optimizer()
    rates = {
        parameter: (group["lr"], group["weight_decay"])
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    plain = classifier(tmp_path, DEEP, weight_decay=0.01)
    decays = {p: g["weight_decay"] for g in plain.create_optimizer().param_groups for p in g["params"]}
    named, twins = dict(trainer.model.named_parameters()), dict(plain.model.named_parameters())
    assert len(rates) == len(named)
    for depth, names in enumerate(layer_groups(trainer.model)):
        for name in names:
            assert rates[named[name]] == (pytest.approx(0.1 / 2.6**depth), decays[twins[name]])
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_schedules_keep_the_proportions_and_resume_is_bitwise(tmp_path: Path) -> None:
    options = {"learning_rate": 0.1, "layer_lr_factor": 2.0, "gradual_unfreezing": True, "num_train_epochs": 3}
    whole = classifier(tmp_path / "a", DEEP, save_strategy="steps", save_steps=14, **options)
    whole.train()
    again = classifier(tmp_path / "b", DEEP, **options)
    again.train(resume_from_checkpoint=str(tmp_path / "a" / "checkpoint-14"))
    assert all(torch.equal(tensor, weights(whole)[name]) for name, tensor in weights(again).items())
    trainer = classifier(tmp_path / "c", DEEP, **{**options, "num_train_epochs": 1})
    rates: list[list[float]] = []

    class Noted(TrainerCallback):
        def on_step_end(self, *args: object, optimizer: torch.optim.Optimizer, **kwargs: object) -> None:
            rates.append(sorted({group["lr"] for group in optimizer.param_groups}, reverse=True))

    trainer.add_callback(Noted())
    trainer.train()
    for row in rates[:-1]:
        assert row == pytest.approx([row[0] / 2**depth for depth in range(4)])


def test_one_group_more_learns_in_each_epoch(tmp_path: Path) -> None:
    trainer = classifier(tmp_path, DEEP, gradual_unfreezing=True, num_train_epochs=5, lr_scheduler_type="constant")
    groups, moved = layer_groups(trainer.model), []

    class Noted(TrainerCallback):
        def on_epoch_begin(self, *args: object, **kwargs: object) -> None:
            self.before = weights(trainer)

        def on_epoch_end(self, *args: object, **kwargs: object) -> None:
            after = weights(trainer)
            moved.append([any(not torch.equal(after[n], self.before[n]) for n in names) for names in groups])

    trainer.add_callback(Noted())
    trainer.model.model.layers[0].norm.requires_grad_(False)
    trainer.train()
    assert moved == [[depth <= epoch for depth in range(4)] for epoch in range(5)]
    frozen = [name for name, parameter in trainer.model.named_parameters() if not parameter.requires_grad]
    assert frozen == ["model.layers.0.norm.weight", "model.layers.0.norm.bias"]
