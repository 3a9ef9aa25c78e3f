"""transformers' TrainingArguments, and what recurrent networks add: texts read in pieces, rows sorted by length."""

from dataclasses import dataclass, field

import torch
from transformers import TrainingArguments

from seqkit.errors import ConfigError
from seqkit.training.trackers import check_trackers


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

    Raises:
        ConfigError: if a length is below 1, or `report_to` names a tracker that is unknown or not installed.
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

    def __post_init__(self) -> None:
        """Let transformers check its own arguments, then check ours."""
        asked = getattr(self, "report_to", None)
        if isinstance(asked, str) and "," in asked:
            self.report_to = [name.strip() for name in asked.split(",")]
        super().__post_init__()
        check_trackers(self.report_to)
        for name in ("sequence_length", "eval_sequence_length"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} ({getattr(self, name)}) must be at least 1: it is a number of tokens.")
