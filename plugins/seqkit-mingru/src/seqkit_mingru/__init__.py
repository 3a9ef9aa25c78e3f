"""minGRU and minLSTM (Feng et al., 2024) as cells of seqkit."""

from seqkit_mingru.mingru import MinGRU
from seqkit_mingru.minlstm import MinLSTM

__all__ = ["MinGRU", "MinLSTM"]
