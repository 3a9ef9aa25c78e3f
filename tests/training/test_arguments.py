"""RNNTrainingArguments: transformers' own, and two more."""

from pathlib import Path

from transformers import TrainingArguments

from seqkit import RNNTrainingArguments


def test_they_are_transformers_arguments_and_two_more(tmp_path: Path) -> None:
    arguments = RNNTrainingArguments(str(tmp_path), sequence_length=32, use_cpu=True)
    assert isinstance(arguments, TrainingArguments)
    assert (arguments.sequence_length, arguments.eval_sequence_length) == (32, 512)
    assert arguments.to_dict()["sequence_length"] == 32


def test_rows_of_similar_length_go_together_unless_told_otherwise(tmp_path: Path) -> None:
    assert RNNTrainingArguments(str(tmp_path), use_cpu=True).train_sampling_strategy == "group_by_length"
    chosen = RNNTrainingArguments(str(tmp_path), train_sampling_strategy="random", use_cpu=True)
    assert chosen.train_sampling_strategy == "random"
