"""Watches the gradient through time during training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from seqkit.diagnostics.gradient import GradientThroughTime, gradient_through_time
from seqkit.diagnostics.plots import plot_gradient, save_figure
from seqkit.errors import ConfigError


class GradientCallback(TrainerCallback):
    """Logs how far back gradients reach while a model is trained, by transformers' Trainer or by `RNNTrainer`.

    What it logs goes wherever the trainer's logs go (`report_to`), for each layer and direction: `memory_layer_0`, the
    effective memory length in tokens, and `gradient_rate_layer_0`, the factor by which the norm changes with each
    token further back. The training itself is not touched: no gradient, mode or random number changes.

    Args:
        trainer: the trainer; give it the callback with `trainer.add_callback`.
        batch: what to measure on, with labels; a few rows are enough.
        every: optimiser steps between two measurements; default 100.
        picture: a PNG to draw at the end of training, first and last measurement in one; needs matplotlib.

    Raises:
        ConfigError: if `every` is below 1.

    Example:
        >>> import tempfile, torch
        >>> from transformers import Trainer, TrainingArguments
        >>> from seqkit import RNNConfig, RNNForCausalLM
        >>> rows = [{"input_ids": ids, "labels": ids} for ids in torch.arange(40).view(4, 10) % 5]
        >>> model = RNNForCausalLM(RNNConfig(vocab_size=5, hidden_size=8))
        >>> quiet = {"report_to": "none", "disable_tqdm": True, "use_cpu": True}
        >>> trainer = Trainer(model, TrainingArguments(tempfile.mkdtemp(), max_steps=2, **quiet), train_dataset=rows)
        >>> batch = {"input_ids": torch.stack([row["input_ids"] for row in rows])}
        >>> trainer.add_callback(GradientCallback(trainer, batch, every=1))
        >>> _ = trainer.train()  # doctest: +ELLIPSIS
        {'memory_layer_0': ...}
        >>> [row["memory_layer_0"] > 0 for row in trainer.state.log_history if "memory_layer_0" in row]
        [True, True]
    """

    def __init__(
        self, trainer: Any, batch: Mapping[str, Any], every: int = 100, picture: str | Path | None = None
    ) -> None:
        if every < 1:
            raise ConfigError(f"every is {every}; expected 1 step or more.")
        self.trainer, self.batch, self.every, self.picture = trainer, batch, every, picture
        self.measured: dict[int, GradientThroughTime] = {}

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure before the first step, for the picture."""
        if self.picture is not None:
            self.measured[state.global_step] = gradient_through_time(self.trainer.model, self.batch)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure and log."""
        if state.global_step % self.every or not state.is_world_process_zero:
            return
        found = gradient_through_time(self.trainer.model, self.batch)
        self.measured = {step: self.measured[step] for step in list(self.measured)[:1]} | {state.global_step: found}
        self.trainer.log(logged(found))

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Draw the first and the last measurement."""
        if self.picture is not None and state.is_world_process_zero:
            several = {f"step {step}": found for step, found in self.measured.items()}
            save_figure(plot_gradient(several), Path(self.picture))


def logged(gradient: GradientThroughTime) -> dict[str, float]:
    """Return the figures of a measurement by the names under which they are logged."""
    figures: dict[str, float] = {}
    for curve in gradient.curves:
        name = f"layer_{curve.layer}" + ("" if curve.direction == "forward" else "_backward")
        figures |= {f"memory_{name}": float(curve.memory), f"gradient_rate_{name}": curve.rate}
    return figures
