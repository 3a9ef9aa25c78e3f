"""transformers' TrainingArguments, and what recurrent networks add: texts read in pieces, rows sorted by length."""

from dataclasses import dataclass, field

import torch
from transformers import TrainingArguments


@dataclass
class RNNTrainingArguments(TrainingArguments):
    """Arguments of a training; all of `transformers.TrainingArguments`, and:

    Args:
        train_sampling_strategy: `"group_by_length"` (default here), which for recurrent networks is several times as
            fast as `"random"` on rows of different lengths; or any other of transformers'.
        sequence_length: tokens T over which gradients flow back in a language model of a long text; the state is
            carried on beyond. Default 64.
        eval_sequence_length: tokens that an evaluation of a long text reads at once; of no influence on its result.
            Default 512.
        random_segment_lengths: whether segments of a text have random lengths around `sequence_length`, with the
            learning rate scaled by length (Merity et al., 2018); they follow from the seed. Default False.
        reset_at_document_ends: whether `seqkit train` sets the state back where a file, or a row of a table, ends. Data
            of your own tells its documents itself (`StreamDataset`). Default False.
    """

    # Pinned memory serves the way to an accelerator; without one torch warns.
    dataloader_pin_memory: bool = field(
        default_factory=torch.accelerator.is_available, metadata={"help": "Pin memory."}
    )
    train_sampling_strategy: str = field(
        default="group_by_length",
        metadata={
            "help": "Order of training: 'group_by_length' (default), 'random', 'sequential' or 'batch_rebalance'.",
            "choices": ["random", "sequential", "group_by_length", "batch_rebalance"],
        },
    )
    sequence_length: int = field(default=64, metadata={"help": "Tokens T over which gradients flow back."})
    eval_sequence_length: int = field(default=512, metadata={"help": "Tokens that an evaluation reads at once."})
    random_segment_lengths: bool = field(default=False, metadata={"help": "Draw the lengths of segments at random."})
    reset_at_document_ends: bool = field(default=False, metadata={"help": "Set the state back where a document ends."})
