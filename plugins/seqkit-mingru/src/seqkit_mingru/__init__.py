"""minGRU (Feng et al., 2024) as a cell of seqkit."""

from seqkit_mingru.mingru import MinGRU

__all__ = ["MinGRU"]
