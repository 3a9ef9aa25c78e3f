"""A trainer that knows the methods of the classic recipes, by the names that its arguments give them."""

from typing import Any

import torch
from torch import nn
from transformers import Trainer

from seqkit.models.vectors import word_embedding
from seqkit.training.groups import GradualUnfreezing, discriminate
from seqkit.training.ntasgd import NTASGD, NonMonotoneTrigger
from seqkit.training.regularization import ActivationRegularizer
from seqkit.training.schedules import SCHEDULES, make_scheduler


class TrainingMethods(Trainer):
    """transformers' Trainer with NT-ASGD, further schedules, learning rates per layer and gradual unfreezing.

    It takes any `TrainingArguments`: those that know nothing of these methods ask for none of them.
    """

    lr_scheduler: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.regularizer = self._build_regularizer()
        if getattr(self.args, "freeze_embeddings", False):
            word_embedding(self.model).requires_grad_(False)
        if self.args.optim == "nt_asgd":
            self.add_callback(NonMonotoneTrigger(self.args.non_monotone_interval))
        if getattr(self.args, "gradual_unfreezing", False):
            self.add_callback(GradualUnfreezing())

    def _build_regularizer(self) -> ActivationRegularizer | None:
        """Build what penalises outputs, if a weight is given."""
        activation = getattr(self.args, "activation_regularization", 0.0)
        temporal = getattr(self.args, "temporal_activation_regularization", 0.0)
        return ActivationRegularizer(self.model, activation, temporal) if activation or temporal else None

    @staticmethod
    def get_optimizer_cls_and_kwargs(args: Any, model: Any = None) -> tuple[Any, Any]:
        """Give our own optimizer by its name, else transformers'."""
        if args.optim == "nt_asgd":
            return NTASGD, {"lr": args.learning_rate}
        return Trainer.get_optimizer_cls_and_kwargs(args, model)

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """Make the optimizer, with a learning rate for each layer if they differ."""
        given, factor = self.optimizer is not None, getattr(self.args, "layer_lr_factor", 1.0)
        optimizer = super().create_optimizer(model)
        if not given and factor != 1:
            discriminate(optimizer, self.model if model is None else model, factor)
        return optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """Make our own schedule by its name, else transformers'."""
        name, options = self.args.lr_scheduler_type, self.args.lr_scheduler_kwargs or {}
        if self.lr_scheduler is None and name in SCHEDULES:
            self.lr_scheduler = make_scheduler(name, optimizer or self.optimizer, num_training_steps, options)
            self._created_lr_scheduler = True
        return super().create_scheduler(num_training_steps, optimizer)

    def save_model(self, *args: Any, **kwargs: Any) -> None:
        """Save the weights that are evaluated: those of an optimizer that averages are not the ones it steps from."""
        self._rest()
        super().save_model(*args, **kwargs)

    def _rest(self) -> None:
        """Let the optimizer put in place what it evaluates by, if it keeps that apart; a step puts its own back."""
        if hasattr(self.optimizer, "eval"):
            self.optimizer.eval()
