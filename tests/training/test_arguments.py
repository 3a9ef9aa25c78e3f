"""RNNTrainingArguments: transformers' own, and two more."""

from pathlib import Path

from transformers import TrainingArguments

from seqkit import RNNTrainingArguments


def test_they_are_transformers_arguments_and_two_more(tmp_path: Path) -> None:
    arguments = RNNTrainingArguments(str(tmp_path), sequence_length=32, use_cpu=True)
    assert isinstance(arguments, TrainingArguments)
    assert (arguments.sequence_length, arguments.eval_sequence_length) == (32, 512)
    assert arguments.to_dict()["sequence_length"] == 32
