"""What training a checkpoint belongs to: its model, its data, and what its steps mean."""

import json
import logging
from pathlib import Path
from typing import Any

from transformers import Trainer

from seqkit.annotations import show
from seqkit.data.fingerprint import fingerprint
from seqkit.errors import CheckpointError

logger = logging.getLogger(__name__)

HELD = (
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "seed",
    "data_seed",
    "train_sampling_strategy",
    "random_segment_lengths",
    "state_reset_probability",
    "dataloader_drop_last",
    "optim",
    "reset_at_document_ends",
    "freeze_embeddings",
    "class_weights",
    "teacher_forcing_schedule",
    "teacher_forcing_end",
)
"""Training arguments that decide what a step is: a training goes on with the same ones, or not at all."""

TOLD = (
    "max_steps",
    "num_train_epochs",
    "learning_rate",
    "lr_scheduler_type",
    "warmup_steps",
    "weight_decay",
    "max_grad_norm",
    "label_smoothing_factor",
    "activation_regularization",
    "temporal_activation_regularization",
    "non_monotone_interval",
    "layer_lr_factor",
    "gradual_unfreezing",
    "bf16",
    "fp16",
)
"""Training arguments that one may want to change half way; the result is then not that of an uninterrupted run."""

LEFT_OUT = {
    *("transformers_version", "provenance", "architectures", "auto_map", "dtype", "use_cache", "problem_type"),
    *("_name_or_path", "return_dict", "output_hidden_states", "output_attentions"),
    # The trainer takes these over from the tokenizer, after it was asked to resume.
    *("bos_token_id", "eos_token_id", "pad_token_id"),
}
"""Fields of a configuration that change with a save, or change no result of a training."""


def identify(trainer: Trainer) -> dict[str, Any]:
    """Describe a training, so that a checkpoint of another one is told from its own.

    Args:
        trainer: the trainer that saves, or is to go on.

    Returns:
        Values as JSON has them, by names such as `config.hidden_size`, `data.size` and `seed`.
    """
    args, model = trainer.args, trainer.accelerator.unwrap_model(trainer.model)
    config = model.config.to_dict() if hasattr(model, "config") else {}
    values = {
        "model": type(model).__name__,
        **{f"config.{name}": value for name, value in config.items() if name not in LEFT_OUT},
        **{f"data.{name}": value for name, value in fingerprint(trainer.train_dataset).items()},
        **{name: getattr(args, name, None) for name in HELD + TOLD},
        # However the rows of one step are dealt out: to processes, or to the GPUs of one.
        "world_size": args.world_size * max(1, args.n_gpu),
    }
    return json.loads(json.dumps(values, default=str))


def compare(here: dict[str, Any], saved: dict[str, Any], checkpoint: Path) -> None:
    """Refuse to go on with another model, other data or other steps than a checkpoint's, and tell smaller changes.

    Args:
        here: what `identify` tells of the trainer.
        saved: what it told when the checkpoint was saved.
        checkpoint: the checkpoint.

    Raises:
        CheckpointError: listing all that differs, with both values.
    """
    names = [name for name in here | saved if here.get(name) != saved.get(name) and name not in ("data.digest", *TOLD)]
    differing = [f"{name} is {show(here.get(name))}, there {show(saved.get(name))}" for name in names]
    digests = here.get("data.digest"), saved.get("data.digest")
    if None not in digests and digests[0] != digests[1]:
        differing.append("the training data hold other contents")
    if differing:
        raise CheckpointError(
            f"{checkpoint} belongs to another training: {'; '.join(differing)}. Go on with what it was made with, "
            "or begin anew in another output_dir. The checkpoint is left as it is."
        )
    if None in digests:
        logger.warning(
            "%s: whether the training data are the same cannot be known of a %s; its rows are taken to be.",
            checkpoint,
            here["data.kind"],
        )
    changed = [f"{name} is {here[name]}, there {saved.get(name)}" for name in TOLD if here[name] != saved.get(name)]
    if changed:
        logger.warning(
            "%s goes on with other arguments: %s. What the optimiser and the schedule keep themselves, as the learning "
            "rate, stays as it was saved.",
            checkpoint,
            "; ".join(changed),
        )
