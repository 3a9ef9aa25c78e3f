"""The classifier: one decision about a whole sequence."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers.utils import can_return_tuple

from seqkit.cache_names import CACHE, cache_of
from seqkit.config import RNNConfig
from seqkit.errors import DataError
from seqkit.models.backbone import RNNModel
from seqkit.models.base import RNNPreTrainedModel
from seqkit.models.inputs import check_labels, one_input, real_places
from seqkit.models.outputs import RNNHeadOutput
from seqkit.models.pooling import Pooling


class RNNForSequenceClassification(RNNPreTrainedModel):
    """A recurrent classifier or regressor of sequences.

    Serves `AutoModelForSequenceClassification`. `config.problem_type` says what the labels are; left None it follows
    from them as everywhere in Hugging Face: one label is regression, integers are classes, floats are several labels.
    `num_labels=1` with `"multi_label_classification"` is the binary classifier with one score.

    Args:
        config: the configuration; `num_labels` and `pooling` concern this head.

    Example:
        >>> model = RNNForSequenceClassification(RNNConfig(vocab_size=10, hidden_size=4, num_labels=3))
        >>> model(torch.tensor([[1, 2, 3]])).logits.shape
        torch.Size([1, 3])
    """

    auto_class_name = "AutoModelForSequenceClassification"

    def __init__(self, config: RNNConfig) -> None:
        super().__init__(config)
        self.num_labels = config.num_labels
        self.model = RNNModel(config)
        self.pooling = Pooling(config.pooling, config.output_size, config.bidirectional)
        self.score = nn.Linear(self.pooling.width, config.num_labels)
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
        """Classify sequences.

        Args:
            input_ids: token ids (B, T).
            attention_mask: 1 at real tokens, 0 at padding, (B, T).
            inputs_embeds: vectors in place of token ids (B, T, E).
            input_features: float vectors (B, T, N), for a model with `num_features`.
            character_ids: characters of each word (B, T, C), for a model with `character_vocab_size`.
            labels: classes (B,), or floats (B, num_labels) for several labels, or (B,) or (B, num_labels) to regress.
            output_hidden_states: whether to return the output of every layer.
            num_items_in_batch: what the loss is divided by, across accumulated batches; None is its mean.
            kwargs: passed on to `RNNModel`, such as `initial_state` and `return_state`.

        Returns:
            Loss, scores (B, num_labels) and hidden states, as asked for.
        """
        name, value = one_input(input_ids=input_ids, inputs_embeds=inputs_embeds, input_features=input_features)
        outputs = self.model(
            attention_mask=attention_mask,
            character_ids=character_ids,
            output_hidden_states=output_hidden_states,
            **{"use_cache": False, **kwargs, name: value},
        )
        mask = real_places(attention_mask, value.shape[0], value.shape[1], 0)
        logits = self.score(self.pooling(outputs.last_hidden_state, mask))
        loss = None if labels is None else self.loss(logits, labels.to(logits.device), num_items_in_batch)
        return RNNHeadOutput(
            loss=loss,
            logits=logits,
            **{CACHE: cache_of(outputs)},
            hidden_states=outputs.hidden_states,
            state=outputs.state,
        )

    def loss(self, logits: Tensor, labels: Tensor, num_items: Tensor | int | None = None) -> Tensor:
        """Compute the loss that `config.problem_type` asks for: cross-entropy, its binary form, or squared error.

        Args:
            logits: scores (B, num_labels).
            labels: as `forward` takes them.
            num_items: what the sum is divided by; None is the number of its terms. transformers' own loss ignores it
                for two of the three kinds, which is wrong under gradient accumulation.

        Raises:
            DataError: if the labels fit neither kind.
        """
        kind = self.config.problem_type = self.config.problem_type or self.infer(labels)
        if kind == "single_label_classification":
            if labels.is_floating_point() or not labels.numel() == len(logits):
                raise DataError(f"labels are {labels.dtype} of shape {tuple(labels.shape)}; expected classes (B,).")
            check_labels(labels.view(-1), logits.shape[:1], self.num_labels)
            total = F.cross_entropy(logits.float(), labels.view(-1), reduction="sum")
            count = (labels != -100).sum().clamp(min=1)
        else:
            if labels.numel() != logits.numel():
                raise DataError(f"labels have shape {tuple(labels.shape)}; expected {tuple(logits.shape)} for {kind}.")
            f = F.mse_loss if kind == "regression" else F.binary_cross_entropy_with_logits
            total = f(logits.float(), labels.view_as(logits).float(), reduction="sum")
            count = torch.tensor(labels.numel())
        return total / (count if num_items is None else num_items)

    def infer(self, labels: Tensor) -> str:
        """Tell the problem type from the labels."""
        if self.num_labels == 1:
            return "regression"
        return "multi_label_classification" if labels.is_floating_point() else "single_label_classification"
