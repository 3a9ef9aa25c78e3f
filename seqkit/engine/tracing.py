"""Whether a tracer follows what is computed: then nothing may be decided by values, nor by the length of a batch."""

import torch


def tracing() -> bool:
    """Tell whether `torch.compile`, `torch.export` or `torch.jit.trace` follows."""
    return torch.compiler.is_compiling() or torch._C._get_tracing_state() is not None
