"""sLSTM (Beck et al., 2024), the scalar-memory cell of xLSTM, as a cell of seqkit."""

from seqkit_slstm.slstm import SLSTM

__all__ = ["SLSTM"]
