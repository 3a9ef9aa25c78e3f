"""Which method is taken by which name; what each of them does is tested beside it."""

from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import Trainer, TrainingArguments

from seqkit import RNNForCausalLM
from seqkit.errors import ConfigError
from seqkit.models import RNNModel
from seqkit.training import RNNTrainingArguments
from seqkit.training.methods import TrainingMethods
from seqkit.training.ntasgd import NTASGD
from tests.cases import model


def trainer(folder: Path, kind: type = RNNTrainingArguments, **options: object) -> TrainingMethods:
    arguments = kind(str(folder), use_cpu=True, report_to="none", **options)
    return TrainingMethods(model(RNNForCausalLM), arguments, eval_dataset=[{}])


def test_names_of_our_own_are_taken_and_all_others_are_transformers(tmp_path: Path) -> None:
    ours = trainer(tmp_path, optim="nt_asgd", eval_strategy="steps", lr_scheduler_type="slanted_triangular")
    assert isinstance(ours.create_optimizer(), NTASGD)
    rates = ours.create_scheduler(10).get_last_lr()
    assert rates[0] < ours.args.learning_rate
    stock = trainer(tmp_path)
    assert type(stock.create_optimizer()) is type(Trainer(nn.Linear(1, 1), stock.args).create_optimizer())
    assert isinstance(stock.create_scheduler(10), torch.optim.lr_scheduler.LambdaLR)


def test_arguments_that_know_nothing_of_it_ask_for_nothing(tmp_path: Path) -> None:
    plain = trainer(tmp_path, TrainingArguments)
    assert plain.regularizer is None
    assert len({group["lr"] for group in plain.create_optimizer().param_groups}) == 1


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_each_layer_has_its_rate(tmp_path: Path, factor: float) -> None:
    rates = {group["lr"] for group in trainer(tmp_path, layer_lr_factor=factor).create_optimizer().param_groups}
    assert len(rates) == (1 if factor == 1 else 3)


def test_frozen_vectors_of_words_are_left_out(tmp_path: Path) -> None:
    frozen = trainer(tmp_path, freeze_embeddings=True)
    weight = frozen.model.get_input_embeddings().weight
    assert not weight.requires_grad
    held = [p for group in frozen.create_optimizer().param_groups for p in group["params"]]
    assert len(held) == len(list(frozen.model.parameters())) - 1
    assert all(p is not weight for p in held)
    arguments = RNNTrainingArguments(str(tmp_path), use_cpu=True, freeze_embeddings=True)
    with pytest.raises(ConfigError, match="no embedding of words"):
        TrainingMethods(model(RNNModel, num_features=3), arguments)
