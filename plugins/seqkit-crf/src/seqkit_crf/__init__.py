"""A linear-chain conditional random field (Lafferty et al., 2001) as a tagging head of seqkit."""

from seqkit_crf.crf import CRF
from seqkit_crf.head import RNNForCRFTokenClassification

__all__ = ["CRF", "RNNForCRFTokenClassification"]
