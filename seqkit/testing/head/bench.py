"""What the checks of a head stand on: a tiny model, a batch, and the labels that its Auto class asks for."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from seqkit.auto import HEADS
from seqkit.config import RNNConfig
from seqkit.models.base import RNNPreTrainedModel

B, T, V, LABELS = 3, 7, 11, 4

SEQ2SEQ = {"is_encoder_decoder": True, "decoder_start_token_id": 1, "pad_token_id": 0}
"""Fields without which there is no encoder-decoder."""


@dataclass(frozen=True)
class HeadBench:
    """A head class with fields of its configuration, from which each check makes what it needs.

    Args:
        kind: the class.
        options: fields of `RNNConfig`, such as `{"cell": "lstm", "bidirectional": True}`.
    """

    kind: type[RNNPreTrainedModel]
    options: dict[str, Any] = field(default_factory=dict)

    def config(self, **fields: Any) -> RNNConfig:
        """Make a small configuration of two layers."""
        sides = SEQ2SEQ if self.kind.is_encoder_decoder else {}
        sizes = {
            **sides,
            "cell": "gru",
            "vocab_size": V,
            "hidden_size": 6,
            "num_hidden_layers": 2,
            "num_labels": LABELS,
        }
        return RNNConfig(**{**sizes, **self.options, **fields})

    def make(self, **fields: Any) -> Any:
        """Make a model in evaluation mode whose parameters have been moved, so that nothing hides behind a zero."""
        model = self.kind(self.config(**fields)).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.empty_like(parameter).uniform_(-0.3, 0.3))
        return model

    @property
    def serves(self) -> str:
        """The Auto class that gives this head."""
        name = self.kind.auto_class_name
        known = [auto_class for auto_class in HEADS if auto_class != "AutoModel"]
        assert name in known, f"its auto_class_name is {name!r}; expected one of {', '.join(known)}"
        return str(name)

    def labels(self, ids: Tensor) -> Tensor:
        """Return labels for token ids (B, T): the ids themselves, one class a row, or one class a token."""
        if self.serves in ("AutoModelForCausalLM", "AutoModelForSeq2SeqLM"):
            return ids.clone()
        return ids.sum(1) % LABELS if self.serves == "AutoModelForSequenceClassification" else ids % LABELS

    def shape(self) -> tuple[int, ...]:
        """Return the shape of the scores of a whole batch."""
        words = dict.fromkeys(("AutoModelForCausalLM", "AutoModelForSeq2SeqLM"), (B, T, V))
        by_class = {**words, "AutoModelForSequenceClassification": (B, LABELS)}
        return by_class.get(self.serves, (B, T, LABELS))

    def real(self, logits: Tensor, places: slice) -> Tensor:
        """Return the scores of the real places only, where there are scores for places."""
        return logits if logits.dim() == 2 or self.kind.is_encoder_decoder else logits[:, places]

    def spread(self, labels: Tensor, places: slice, length: int) -> Tensor:
        """Put labels (B, T) at the real places of rows of another length; those of a row, or a target, stay."""
        if labels.dim() < 2 or self.kind.is_encoder_decoder:
            return labels
        spread = labels.new_full((len(labels), length), -100)
        spread[:, places] = labels
        return spread


def beside(model: Any, ids: Tensor) -> dict[str, Tensor]:
    """Return what a model reads beside a batch: an encoder-decoder a target, here the source's own ids."""
    return {"decoder_input_ids": ids} if model.is_encoder_decoder else {}


def batch(rows: int = B, length: int = T) -> Tensor:
    """Return random token ids (B, T)."""
    return torch.randint(V, (rows, length))


def slopes(model: Any, loss: Tensor) -> list[Tensor]:
    """Return the gradient of every parameter; zeros where the loss does not reach."""
    wanted = [parameter for parameter in model.parameters() if parameter.requires_grad]
    found = torch.autograd.grad(loss, wanted, allow_unused=True)
    return [torch.zeros_like(leaf) if grad is None else grad for leaf, grad in zip(wanted, found, strict=True)]
