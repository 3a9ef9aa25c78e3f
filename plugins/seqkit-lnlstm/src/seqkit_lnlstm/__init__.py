"""The layer-norm LSTM (Ba et al., 2016) and the peephole LSTM (Gers & Schmidhuber, 2000) as cells of seqkit."""

from seqkit_lnlstm.lnlstm import LayerNormLSTM
from seqkit_lnlstm.peephole import PeepholeLSTM

__all__ = ["LayerNormLSTM", "PeepholeLSTM"]
