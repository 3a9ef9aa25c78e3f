"""The encoder: a network that reads the source, and gives what a decoder begins with and looks at."""

from typing import Any

from torch import Tensor
from transformers.utils import can_return_tuple

from seqkit.config import RNNConfig
from seqkit.engine.tracing import tracing
from seqkit.errors import DataError
from seqkit.models.backbone import RNNModel
from seqkit.models.inputs import one_input
from seqkit.models.outputs import RNNModelOutput


class RNNEncoder(RNNModel):
    """A stack of recurrent layers that reads a source, in one or both directions, and always gives its last state.

    Args:
        config: the encoder's configuration.
        max_source_length: tokens of the longest source that it takes; None sets no limit.
    """

    def __init__(self, config: RNNConfig, max_source_length: int | None = None) -> None:
        super().__init__(config)
        self.max_source_length = max_source_length

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        input_features: Tensor | None = None,
        output_hidden_states: bool | None = None,
        **kwargs: Any,
    ) -> RNNModelOutput:
        """Read a source.

        Args:
            input_ids: token ids (B, S).
            attention_mask: 1 at real tokens, 0 at padding, (B, S).
            inputs_embeds: vectors in place of token ids (B, S, E).
            input_features: float vectors (B, S, N), for a model with `num_features`.
            output_hidden_states: whether to return the output of every layer.
            kwargs: taken and ignored.

        Returns:
            The outputs (B, S, M) and the last state.

        Raises:
            DataError: if a source is empty or longer than `max_source_length`, or does not fit.
        """
        _, value = one_input(input_ids=input_ids, inputs_embeds=inputs_embeds, input_features=input_features)
        self._check_source(value, attention_mask)
        return super().forward(
            input_ids,
            attention_mask,
            inputs_embeds,
            input_features,
            use_cache=False,
            return_state=True,
            output_hidden_states=output_hidden_states,
        )

    def _check_source(self, value: Tensor, mask: Tensor | None) -> None:
        """Refuse a source with nothing in it, and one beyond the limit; on an accelerator rows are not looked into."""
        longest, empty = value.shape[1], not value.shape[1]
        row = 0
        looks = isinstance(mask, Tensor) and mask.dim() == 2 and mask.device.type == "cpu" and not tracing()
        if looks and len(value) and not empty:
            lengths = mask.bool().sum(1)  # type: ignore[union-attr]
            longest, empty = int(lengths.max()), not bool(lengths.all())
            row = int(lengths.argmin())
        if empty:
            raise DataError(f"source {row} is empty: it has no token to read. Leave it out, or give it an end token.")
        if self.max_source_length is not None and longest > self.max_source_length:
            raise DataError(
                f"a source has {longest} tokens; max_source_length is {self.max_source_length}. Cut it, as by "
                "tokenizer(..., truncation=True, max_length=...), or raise max_source_length in the configuration."
            )
