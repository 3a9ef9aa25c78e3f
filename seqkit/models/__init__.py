"""Networks: layers and their state, the backbone, and one small file a head."""

from seqkit.models.backbone import RNNModel
from seqkit.models.base import RNNPreTrainedModel
from seqkit.models.causal_lm import RNNForCausalLM
from seqkit.models.conditional_generation import RNNForConditionalGeneration
from seqkit.models.sequence_classification import RNNForSequenceClassification
from seqkit.models.state import RNNCache
from seqkit.models.token_classification import RNNForTokenClassification

__all__ = [
    "RNNCache",
    "RNNForCausalLM",
    "RNNForConditionalGeneration",
    "RNNForSequenceClassification",
    "RNNForTokenClassification",
    "RNNModel",
    "RNNPreTrainedModel",
]
