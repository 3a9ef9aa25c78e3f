"""RNNTrainingArguments: transformers' own, and more."""

from pathlib import Path

import pytest
import torch
from transformers import TrainingArguments

from seqkit import RNNTrainingArguments
from seqkit.errors import ConfigError


def test_they_are_transformers_arguments_and_more(tmp_path: Path) -> None:
    arguments = RNNTrainingArguments(str(tmp_path), sequence_length=32, use_cpu=True)
    assert isinstance(arguments, TrainingArguments)
    assert (arguments.sequence_length, arguments.eval_sequence_length) == (32, 512)
    assert arguments.to_dict()["sequence_length"] == 32


def test_rows_of_similar_length_go_together_unless_told_otherwise(tmp_path: Path) -> None:
    assert RNNTrainingArguments(str(tmp_path), use_cpu=True).train_sampling_strategy == "group_by_length"
    chosen = RNNTrainingArguments(str(tmp_path), train_sampling_strategy="random", use_cpu=True)
    assert chosen.train_sampling_strategy == "random"


def test_names_of_our_own_pass_transformers_checks(tmp_path: Path) -> None:
    arguments = RNNTrainingArguments(
        str(tmp_path), optim="nt_asgd", lr_scheduler_type="slanted_triangular", eval_strategy="epoch"
    )
    assert (arguments.optim, arguments.lr_scheduler_type) == ("nt_asgd", "slanted_triangular")
    assert RNNTrainingArguments(str(tmp_path)).optim == TrainingArguments(str(tmp_path)).optim
    with pytest.raises(ValueError, match="sdg"):
        RNNTrainingArguments(str(tmp_path), optim="sdg")


MISTAKES = {
    "activation_regularization": (-1.0, "must be 0 or more"),
    "temporal_activation_regularization": (float("nan"), "must be 0 or more"),
    "state_reset_probability": (1.0, "from 0 to below 1"),
    "layer_lr_factor": (0.0, "must be above 0"),
    "non_monotone_interval": (0, "at least 1"),
    "optim": ("nt_asgd", "eval_strategy"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_values_out_of_range_are_refused(name: str, tmp_path: Path) -> None:
    value, told = MISTAKES[name]
    with pytest.raises(ConfigError, match=told):
        RNNTrainingArguments(str(tmp_path), **{name: value})


def test_what_is_not_asked_for_is_off(tmp_path: Path) -> None:
    arguments = RNNTrainingArguments(str(tmp_path), use_cpu=True)
    assert (arguments.random_segment_lengths, arguments.reset_at_document_ends) == (False, False)
    assert arguments.report_to == []


def test_bfloat16_trains_on_a_cpu_without_being_told_twice(tmp_path: Path) -> None:
    arguments = RNNTrainingArguments(str(tmp_path), bf16=True)
    assert arguments.bf16
    assert arguments.use_cpu == (not torch.accelerator.is_available())


@pytest.mark.parametrize("name", ["sequence_length", "eval_sequence_length"])
def test_a_length_of_nothing_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"{name} \(0\) must be at least 1"):
        RNNTrainingArguments(str(tmp_path), use_cpu=True, **{name: 0})


def test_what_is_frozen_is_not_thawed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gradual_unfreezing"):
        RNNTrainingArguments(str(tmp_path), freeze_embeddings=True, gradual_unfreezing=True, use_cpu=True)
