"""The plan `compiled` on GPUs: kernels in Triton, written from the cell's own step."""

from seqkit.engine.gpu.target import TRITON, interpreted

__all__ = ["TRITON", "interpreted"]
