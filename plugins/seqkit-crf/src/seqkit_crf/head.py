"""The tagging head: a recurrent network's scores, and the best sequence of tags by a conditional random field."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import initialization
from transformers.utils import can_return_tuple

from seqkit import RNNConfig, RNNForTokenClassification
from seqkit_crf.crf import CRF
from seqkit_crf.online import OnlineViterbi


class RNNForCRFTokenClassification(RNNForTokenClassification):
    """A recurrent tagger with a conditional random field over its scores (Lample et al., 2016).

    Serves `AutoModelForTokenClassification`. In training `logits` are the network's scores; in evaluation they are the
    logarithms of the exact marginals, with the tag of the best sequence raised to the greatest: whoever takes the
    argmax, as pipelines do, gets the best sequence, and a softmax gives probabilities.

    Args:
        config: the configuration; the names in `id2label` say what may follow what, if they are BIO or BIOES.

    Source:
        Lample et al., "Neural architectures for named entity recognition", NAACL 2016.

    Example:
        >>> model = RNNForCRFTokenClassification(RNNConfig(vocab_size=10, hidden_size=4, num_labels=3)).eval()
        >>> model(torch.tensor([[1, 2, 3]])).logits.shape
        torch.Size([1, 3, 3])
    """

    def __init__(self, config: RNNConfig) -> None:
        super().__init__(config)
        self.crf = CRF([config.id2label[index] for index in range(config.num_labels)])
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Begin with no preference among tags; transformers asks for what a checkpoint lacks."""
        super()._init_weights(module)
        if isinstance(module, CRF):
            for parameter in module.parameters():
                initialization.zeros_(parameter)

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        input_features: Tensor | None = None,
        labels: Tensor | None = None,
        output_hidden_states: bool | None = None,
        num_items_in_batch: Tensor | int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Tag tokens; arguments are those of `RNNForTokenClassification`.

        Args:
            input_ids: token ids (B, T).
            attention_mask: 1 at real tokens, 0 at padding, (B, T).
            inputs_embeds: vectors in place of token ids (B, T, E).
            input_features: float vectors (B, T, N), for a model with `num_features`.
            labels: classes (B, T), -100 where unknown: there all tags are summed over.
            output_hidden_states: whether to return the output of every layer.
            num_items_in_batch: what the loss is divided by, across accumulated batches; None is the number of labels.
            kwargs: passed on to `RNNModel`.

        Returns:
            The loss, -log p of the labels for each of them, and scores (B, T, num_labels).
        """
        inputs = {"input_ids": input_ids, "inputs_embeds": inputs_embeds, "input_features": input_features}
        # The tagger's own loss is of no use, but it refuses labels that do not fit.
        outputs = super().forward(
            **inputs,
            attention_mask=attention_mask,
            labels=labels,
            output_hidden_states=output_hidden_states,
            num_items_in_batch=num_items_in_batch,
            **{**kwargs, "return_dict": True},
        )
        scores = outputs.logits
        shape = scores.shape[:2]
        real = torch.ones(shape, dtype=torch.bool, device=scores.device)
        real = real if attention_mask is None else attention_mask.bool()
        if labels is not None:
            counted = (real & (labels >= 0)).sum() if num_items_in_batch is None else num_items_in_batch
            outputs.loss = self.crf.loss(scores, labels, real).sum() / counted
        if not self.training:
            outputs.logits = self.decided(scores, real)
        return outputs

    def decided(self, scores: Tensor, real: Tensor) -> Tensor:
        """Return log-marginals (B, T, N) in which the best sequence has the greatest value at each place."""
        best = self.crf.decode(scores, real)[0][:, 0].clamp(min=0)  # (B, T)
        marginals = self.crf.marginals(scores, real).clamp(min=1e-30).log()
        top = marginals.amax(-1, keepdim=True) + 1e-3
        return marginals.scatter(-1, best[..., None], top).to(scores.dtype)

    def stream_decoder(self) -> OnlineViterbi:
        """Return what finds the best sequence of a row whose scores come block by block."""
        return OnlineViterbi(self.crf)
