"""transformers' TrainingArguments, and what recurrent networks add: texts read in pieces, penalties, layers apart."""

from dataclasses import dataclass, field, fields
from typing import Any

import torch
from transformers import Seq2SeqTrainingArguments
from transformers.trainer_utils import IntervalStrategy

from seqkit.errors import ConfigError
from seqkit.training.schedules import SCHEDULES
from seqkit.training.teacher_forcing import SCHEDULES as FORCING
from seqkit.training.trackers import check_trackers

OPTIMIZERS = ("nt_asgd",)
"""Names in `optim` that are seqkit's own."""

STAND_INS = {"optim": ("sgd", OPTIMIZERS), "lr_scheduler_type": ("constant", tuple(SCHEDULES))}
"""Arguments of transformers' that take more names here, and what transformers is shown while it checks them."""


def _default(name: str) -> Any:
    """Return what transformers takes for one of its arguments."""
    return next(each.default for each in fields(Seq2SeqTrainingArguments) if each.name == name)


@dataclass
class RNNTrainingArguments(Seq2SeqTrainingArguments):
    """Arguments of a training; all of `transformers.Seq2SeqTrainingArguments`, and:

    Args:
        train_sampling_strategy: `"group_by_length"` (default here), which for recurrent networks is several times as
            fast as `"random"` on rows of different lengths; or any other of transformers'.
        sequence_length: tokens T over which gradients flow back in a language model of a long text; the state is
            carried on beyond. Default 64.
        eval_sequence_length: tokens that an evaluation of a long text reads at once; of no influence on its result.
            Default 512.
        activation_regularization: weight α of the penalty on large outputs (AR; Merity et al., 2017); 2 in AWD-LSTM.
            Default 0.
        temporal_activation_regularization: weight β of the penalty on outputs that change fast (TAR); 1 in AWD-LSTM.
            Default 0.
        optim: any of transformers', or `"nt_asgd"`: SGD that begins to average its weights when the validation loss
            stops falling (Merity et al., 2018).
        non_monotone_interval: evaluations without a better loss that `"nt_asgd"` waits for (n). Default 5.
        lr_scheduler_type: any of transformers', or `"slanted_triangular"` (Howard & Ruder, 2018), which takes
            `cut_fraction` and `ratio` as `lr_scheduler_kwargs`.
        layer_lr_factor: how many times lower the learning rate of a layer is than that of the layer above it; 2.6 in
            ULMFiT. Default 1.
        gradual_unfreezing: whether the first epoch trains the head alone, and each further one a layer more. Default
            False.
        freeze_embeddings: whether the vectors of words stay as they are, as loaded ones may. Default False.
        random_segment_lengths: whether segments of a text have random lengths around `sequence_length`, with the
            learning rate scaled by length (Merity et al., 2018); they follow from the seed. Default False.
        state_reset_probability: probability that a stream's carried state is set back before a segment. A text shorter
            than a few epochs has few beginnings: without any, a network may never learn to read on from no state.
            Default 0.
        teacher_forcing_end: probability ε with which an encoder-decoder's decoder reads the right token at the end of
            training, and its own guess otherwise (scheduled sampling; Bengio et al., 2015). Default 1: always.
        teacher_forcing_schedule: how ε goes from 1 to there: `"linear"` (default), `"exponential"` or
            `"inverse_sigmoid"`; or `"constant"`, there at once.
        reset_at_document_ends: whether `seqkit train` sets the state back where a file, or a row of a table, ends. Data
            of your own tells its documents itself (`StreamDataset`). Default False.
        class_weights: `"balanced"`, which weighs each label by the inverse of how often it occurs, or JSON (or a dict)
            with weights for some labels, such as `{"spam": 4}`; others have 1. For classifiers and taggers. Default
            None.

    Raises:
        ConfigError: if one of these is out of its range, `"nt_asgd"` has no evaluations to watch, or `report_to` names
            a tracker that is unknown or not installed.
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
    # As text: of transformers' own types the command line makes lists of choices, which ours are not among.
    optim: str = field(default=_default("optim"), metadata={"help": "transformers' optimizers, or 'nt_asgd'."})
    lr_scheduler_type: str = field(
        default=_default("lr_scheduler_type"), metadata={"help": "transformers' schedules, or 'slanted_triangular'."}
    )
    sequence_length: int = field(default=64, metadata={"help": "Tokens T over which gradients flow back."})
    eval_sequence_length: int = field(default=512, metadata={"help": "Tokens that an evaluation reads at once."})
    activation_regularization: float = field(default=0.0, metadata={"help": "Weight of the penalty on large outputs."})
    temporal_activation_regularization: float = field(
        default=0.0, metadata={"help": "Weight of the penalty on outputs that change fast."}
    )
    non_monotone_interval: int = field(default=5, metadata={"help": "Evaluations that optim='nt_asgd' waits for."})
    layer_lr_factor: float = field(default=1.0, metadata={"help": "How many times lower each lower layer learns."})
    gradual_unfreezing: bool = field(default=False, metadata={"help": "Thaw one layer more in each epoch."})
    freeze_embeddings: bool = field(default=False, metadata={"help": "Leave the vectors of words as they are."})
    random_segment_lengths: bool = field(default=False, metadata={"help": "Draw the lengths of segments at random."})
    state_reset_probability: float = field(default=0.0, metadata={"help": "Chance that a stream begins anew."})
    teacher_forcing_end: float = field(default=1.0, metadata={"help": "Chance of reading the right token at the end."})
    teacher_forcing_schedule: str = field(
        default="linear",
        metadata={"help": "How teacher forcing falls to that.", "choices": list(FORCING)},
    )
    reset_at_document_ends: bool = field(default=False, metadata={"help": "Set the state back where a document ends."})
    class_weights: str | None = field(default=None, metadata={"help": "'balanced', or JSON with weights of labels."})

    def __post_init__(self) -> None:
        """Let transformers check its own arguments, then check ours."""
        asked = getattr(self, "report_to", None)
        if isinstance(asked, str) and "," in asked:
            self.report_to = [name.strip() for name in asked.split(",")]
        if self.bf16 and not torch.accelerator.is_available():
            # bfloat16 trains on a CPU as well; transformers only wants to be told that the CPU is meant.
            self.use_cpu = True
        own = {name: getattr(self, name) for name, (_, names) in STAND_INS.items() if getattr(self, name) in names}
        for name in own:
            setattr(self, name, STAND_INS[name][0])
        super().__post_init__()
        for name, value in own.items():
            setattr(self, name, value)
        check_trackers(self.report_to)
        self._check()

    def _check(self) -> None:
        for name in ("sequence_length", "eval_sequence_length"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} ({getattr(self, name)}) must be at least 1: it is a number of tokens.")
        for name in ("activation_regularization", "temporal_activation_regularization"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"{name} ({getattr(self, name)}) must be 0 or more: it is the weight of a penalty.")
        if not 0 <= self.state_reset_probability < 1:
            raise ConfigError(f"state_reset_probability ({self.state_reset_probability}) must be from 0 to below 1.")
        if not 0 <= self.teacher_forcing_end <= 1:
            raise ConfigError(f"teacher_forcing_end ({self.teacher_forcing_end}) must be from 0 to 1: a probability.")
        if self.teacher_forcing_schedule not in FORCING:
            raise ConfigError(
                f"teacher_forcing_schedule is {self.teacher_forcing_schedule!r}; expected one of {', '.join(FORCING)}."
            )
        if self.teacher_forcing_schedule == "exponential" and not self.teacher_forcing_end:
            raise ConfigError("teacher_forcing_end is 0, which no exponential reaches. Take 0.01, or another schedule.")
        if not self.layer_lr_factor > 0:
            raise ConfigError(f"layer_lr_factor ({self.layer_lr_factor}) must be above 0; 1 makes all layers equal.")
        if self.class_weights and self.label_smoothing_factor:
            raise ConfigError("class_weights and label_smoothing_factor are two losses. Leave one of them out.")
        if self.non_monotone_interval < 1:
            raise ConfigError(f"non_monotone_interval ({self.non_monotone_interval}) must be at least 1.")
        if self.freeze_embeddings and self.gradual_unfreezing:
            raise ConfigError("gradual_unfreezing thaws what freeze_embeddings freezes. Leave one of them out.")
        if self.optim == "nt_asgd" and self.eval_strategy == IntervalStrategy.NO:
            raise ConfigError(
                "optim is 'nt_asgd', which watches the validation loss, but eval_strategy is 'no'. "
                "Set eval_strategy='epoch' or 'steps'."
            )
