"""The trainer of encoder-decoders: transformers' Seq2SeqTrainer with all that RNNTrainer does."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from transformers import Seq2SeqTrainer

from seqkit.data.streams import IGNORED
from seqkit.training.teacher_forcing import forcing
from seqkit.training.trainer import RNNTrainer


class RNNSeq2SeqTrainer(RNNTrainer, Seq2SeqTrainer):
    """An `RNNTrainer` that evaluates by writing (`predict_with_generate`), as transformers' `Seq2SeqTrainer`.

    `eval_loss` is the mean over all target tokens, without label smoothing, and `eval_perplexity` its exponential;
    transformers takes the mean over batches, of the smoothed loss. Scheduled sampling follows
    `teacher_forcing_schedule`.

    Args:
        args: those of `RNNTrainer`.
        kwargs: those of `RNNTrainer`. A `DataCollatorForSeq2Seq` without a model is given this one.
    """

    label_smoother: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._nats, self._targets = 0.0, 0
        if hasattr(self.data_collator, "model") and self.data_collator.model is None:
            # It makes what the decoder reads of the labels, which label smoothing keeps from the model.
            self.data_collator.model = self.model

    def training_step(self, model: nn.Module, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Tensor:
        """Read one part of a batch, with as much teacher forcing as is due."""
        network: Any = self.accelerator.unwrap_model(model)
        own: Any = self.args
        network.teacher_forcing = forcing(
            own.teacher_forcing_schedule, own.teacher_forcing_end, self.state.global_step, self.state.max_steps
        )
        return super().training_step(model, inputs, *args, **kwargs)

    def evaluate(
        self,
        eval_dataset: Any = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
        **gen_kwargs: Any,
    ) -> dict[str, float]:
        """Evaluate, and with `predict_with_generate` write every target.

        Args:
            eval_dataset: the data; None is the trainer's own.
            ignore_keys: outputs that are no predictions.
            metric_key_prefix: begins the names of all figures.
            gen_kwargs: for `generate()`.
        """
        smoother: Any = self.label_smoother
        self.label_smoother = None
        try:
            return Seq2SeqTrainer.evaluate(self, eval_dataset, ignore_keys, metric_key_prefix, **gen_kwargs)
        finally:
            self.label_smoother = smoother

    def evaluation_loop(self, *args: Any, metric_key_prefix: str = "eval", **kwargs: Any) -> Any:
        """Go through the data, and put the loss by token in the place of the loss by batch."""
        self._nats, self._targets = 0.0, 0
        output = super().evaluation_loop(*args, metric_key_prefix=metric_key_prefix, **kwargs)
        sums = torch.tensor([self._nats, self._targets], dtype=torch.float64, device=self.args.device)
        nats, targets = self.accelerator.reduce(sums, "sum").tolist()
        if targets and output.metrics is not None:
            output.metrics[f"{metric_key_prefix}_loss"] = nats / targets
            output.metrics[f"{metric_key_prefix}_perplexity"] = math.exp(min(nats / targets, 700.0))
        return output

    def prediction_step(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        prediction_loss_only: bool,
        ignore_keys: list[str] | None = None,
        **gen_kwargs: Any,
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        """Read, and write if asked, one batch; scores of every word are never gathered."""
        only = prediction_loss_only or not self.args.predict_with_generate
        found = super().prediction_step(model, inputs, only, ignore_keys, **gen_kwargs)
        if found[0] is not None and "labels" in inputs:
            count = int((inputs["labels"] != IGNORED).sum())
            self._nats, self._targets = self._nats + float(found[0]) * count, self._targets + count
        return found
