"""Training: transformers' Trainer with a state that is carried, and the set-ups of the tasks.

Names are resolved when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqkit.training.arguments import RNNTrainingArguments
    from seqkit.training.seq2seq_trainer import RNNSeq2SeqTrainer
    from seqkit.training.trainer import RNNTrainer

_HOME = {"RNNSeq2SeqTrainer": "seq2seq_trainer", "RNNTrainer": "trainer", "RNNTrainingArguments": "arguments"}

__all__ = ["RNNSeq2SeqTrainer", "RNNTrainer", "RNNTrainingArguments"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
