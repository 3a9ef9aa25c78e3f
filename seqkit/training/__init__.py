"""Training: transformers' Trainer with a state that is carried, and the set-ups of the tasks.

Names are resolved when they are first used.
"""

from typing import TYPE_CHECKING

from seqkit.lazy import lazy

if TYPE_CHECKING:
    from seqkit.training.arguments import RNNTrainingArguments
    from seqkit.training.seq2seq_trainer import RNNSeq2SeqTrainer
    from seqkit.training.trainer import RNNTrainer

_HOME = {"RNNSeq2SeqTrainer": "seq2seq_trainer", "RNNTrainer": "trainer", "RNNTrainingArguments": "arguments"}

__all__ = ["RNNSeq2SeqTrainer", "RNNTrainer", "RNNTrainingArguments"]

__getattr__, __dir__ = lazy(__name__, _HOME)
