"""A module's tensors by name, and other tensors in their place for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from seqkit.engine.int8 import int8_weights


@contextmanager
def holding(cell: nn.Module, tensors: dict[str, Tensor]) -> Iterator[None]:
    """Run the block with a module's tensors replaced, by name; also those that dropout holds replaced already."""
    hidden = []
    try:
        for name, tensor in tensors.items():
            path, _, leaf = name.rpartition(".")
            own = cell.get_submodule(path).__dict__
            hidden.append((own, leaf, own.get(leaf)))
            own[leaf] = tensor
        yield
    finally:
        for own, leaf, before in reversed(hidden):
            if before is None:
                del own[leaf]
            else:
                own[leaf] = before


def tensors_of(cell: nn.Module) -> dict[str, Tensor]:
    """Return a module's parameters and buffers by name, thinned out where dropout is at work."""
    found = {}
    for name, tensor in [*cell.named_parameters(), *cell.named_buffers()]:
        path, _, leaf = name.rpartition(".")
        found[name] = cell.get_submodule(path).__dict__.get(leaf, tensor)
    return {**found, **int8_weights(cell)}
