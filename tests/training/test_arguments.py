"""RNNTrainingArguments: transformers' own, and two more."""

from pathlib import Path

import pytest
from transformers import TrainingArguments

from seqkit import RNNTrainingArguments
from seqkit.errors import ConfigError


def test_they_are_transformers_arguments_and_two_more(tmp_path: Path) -> None:
    arguments = RNNTrainingArguments(str(tmp_path), sequence_length=32, use_cpu=True)
    assert isinstance(arguments, TrainingArguments)
    assert (arguments.sequence_length, arguments.eval_sequence_length) == (32, 512)
    assert arguments.to_dict()["sequence_length"] == 32


def test_rows_of_similar_length_go_together_unless_told_otherwise(tmp_path: Path) -> None:
    assert RNNTrainingArguments(str(tmp_path), use_cpu=True).train_sampling_strategy == "group_by_length"
    chosen = RNNTrainingArguments(str(tmp_path), train_sampling_strategy="random", use_cpu=True)
    assert chosen.train_sampling_strategy == "random"


def test_what_is_not_asked_for_is_off(tmp_path: Path) -> None:
    arguments = RNNTrainingArguments(str(tmp_path), use_cpu=True)
    assert (arguments.random_segment_lengths, arguments.reset_at_document_ends) == (False, False)
    assert arguments.report_to == []


@pytest.mark.parametrize("name", ["sequence_length", "eval_sequence_length"])
def test_a_length_of_nothing_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"{name} \(0\) must be at least 1"):
        RNNTrainingArguments(str(tmp_path), use_cpu=True, **{name: 0})
