"""The tagger: one decision, or one number, about every token."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers.utils import can_return_tuple

from seqkit.cache_names import CACHE, cache_of
from seqkit.config import RNNConfig
from seqkit.errors import DataError
from seqkit.models.backbone import RNNModel
from seqkit.models.base import RNNPreTrainedModel
from seqkit.models.inputs import IGNORED, check_labels, real_places
from seqkit.models.outputs import RNNHeadOutput


class RNNForTokenClassification(RNNPreTrainedModel):
    """A recurrent tagger.

    Serves `AutoModelForTokenClassification`. With `problem_type="regression"` it gives `num_labels` numbers for every
    step, as for a time series, and its loss is their squared error.

    Args:
        config: the configuration; `num_labels` and `problem_type` concern this head.

    Example:
        >>> import torch
        >>> model = RNNForTokenClassification(RNNConfig(vocab_size=10, hidden_size=4, num_labels=3))
        >>> model(torch.tensor([[1, 2, 3]])).logits.shape
        torch.Size([1, 3, 3])
    """

    auto_class_name = "AutoModelForTokenClassification"

    def __init__(self, config: RNNConfig) -> None:
        super().__init__(config)
        self.num_labels = config.num_labels
        self.model = RNNModel(config)
        self.classifier = nn.Linear(config.output_size, config.num_labels)
        self.post_init()

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        input_features: Tensor | None = None,
        character_ids: Tensor | None = None,
        labels: Tensor | None = None,
        output_hidden_states: bool | None = None,
        num_items_in_batch: Tensor | int | None = None,
        **kwargs: Any,
    ) -> RNNHeadOutput:
        """Tag tokens.

        Args:
            input_ids: token ids (B, T).
            attention_mask: 1 at real tokens, 0 at padding, (B, T).
            inputs_embeds: vectors in place of token ids (B, T, E).
            input_features: float vectors (B, T, N), for a model with `num_features`.
            character_ids: characters of each word (B, T, C), for a model with `character_vocab_size`.
            labels: classes (B, T), -100 where not counted; or, to regress, floats (B, T, num_labels), or (B, T) for
                one number a step, NaN where not counted. At padding they never are.
            output_hidden_states: whether to return the output of every layer.
            num_items_in_batch: what the loss is divided by, across accumulated batches; None is its mean. transformers'
                `Trainer` counts labels that are not -100, and so every number of a regression, NaN too.
            kwargs: passed on to `RNNModel`, such as `initial_state` and `return_state`.

        Returns:
            Loss, scores (B, T, num_labels) and hidden states, as asked for.
        """
        outputs = self.model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            inputs_embeds=inputs_embeds,
            input_features=input_features,
            character_ids=character_ids,
            output_hidden_states=output_hidden_states,
            **{"use_cache": False, **kwargs},
        )
        logits = self.classifier(outputs.last_hidden_state)
        loss = None
        if labels is not None:
            mask = real_places(attention_mask, logits.shape[0], logits.shape[1], 0)
            loss = self._loss(logits, labels.to(logits.device), mask, num_items_in_batch)
        return RNNHeadOutput(
            loss=loss,
            logits=logits,
            **{CACHE: cache_of(outputs)},
            hidden_states=outputs.hidden_states,
            state=outputs.state,
        )

    def _loss(self, logits: Tensor, labels: Tensor, mask: Tensor | None, num_items: Tensor | int | None) -> Tensor:
        """Compute the loss that `config.problem_type` asks for."""
        if self.config.problem_type == "regression":
            return squared_error(logits, labels, mask, num_items)
        check_labels(labels, logits.shape[:2], self.config.num_labels, mask)
        labels = labels if mask is None else torch.where(mask, labels, IGNORED)
        return self.loss_function(logits, labels, self.config, num_items_in_batch=num_items)


def squared_error(
    values: Tensor, labels: Tensor, mask: Tensor | None = None, num_items: Tensor | int | None = None
) -> Tensor:
    """Return the mean of (y - ŷ)² over the numbers that count.

    Args:
        values: what was said (B, T, N).
        labels: what is right, (B, T, N), or (B, T) for N of 1; NaN where not counted.
        mask: true at real steps, (B, T), or None if all are.
        num_items: what the sum is divided by; None is how many numbers count.

    Raises:
        DataError: if the labels have another shape, or are no floats.

    Example:
        >>> squared_error(torch.zeros(1, 2, 1), torch.tensor([[2.0, float("nan")]])).item()
        4.0
    """
    shape = labels.shape if labels.dim() == 3 or values.shape[2] > 1 else (*labels.shape, 1)
    if not labels.is_floating_point() or shape != values.shape:
        raise DataError(
            f"labels are {labels.dtype} of shape {tuple(labels.shape)}; expected floats {tuple(values.shape)}, "
            "NaN where not counted."
        )
    labels = labels.view(values.shape).float()
    counted = ~labels.isnan() if mask is None else ~labels.isnan() & mask[..., None]
    # Masked before it is squared: the slope of a square of NaN is NaN, and so is 0 x NaN.
    wrong = torch.where(counted, values.float() - labels, 0.0)
    return (wrong**2).sum() / (counted.sum().clamp(min=1) if num_items is None else num_items)
