"""Networks: layers and their state, the backbone, and one small file a head."""

from seqkit.models.backbone import RNNModel
from seqkit.models.base import RNNPreTrainedModel
from seqkit.models.causal_lm import RNNForCausalLM
from seqkit.models.conditional_generation import RNNForConditionalGeneration
from seqkit.models.sequence_classification import RNNForSequenceClassification
from seqkit.models.state import RNNCache
from seqkit.models.token_classification import RNNForTokenClassification
from seqkit.models.vectors import Coverage, load_vectors

__all__ = [
    "Coverage",
    "RNNCache",
    "RNNForCausalLM",
    "RNNForConditionalGeneration",
    "RNNForSequenceClassification",
    "RNNForTokenClassification",
    "RNNModel",
    "RNNPreTrainedModel",
    "load_vectors",
]
