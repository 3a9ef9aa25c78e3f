"""Every cell of the package torchrecurrent (Martinuzzi) as a cell of seqkit.

Each is a class of this module, named as its paper does: `MGU` of `torchrecurrent.MGUCell`. A configuration names it in
small letters: `RNNConfig(cell="mgu", ...)`.
"""

import torchrecurrent

from seqkit.cells import adapt
from seqkit_torchrecurrent.sources import source_of

LEFT_OUT = {"tauGRUCell": "its step takes a third argument, the state of several steps before"}
"""Cells that cannot be taken, and why."""

SEPARATE = ("IntersectionRNNCell",)
"""Cells that return an output and one tensor of state, which look like a state of two."""

MODULES = tuple(sorted(name for name in torchrecurrent.__all__ if name.endswith("Cell") and name not in LEFT_OUT))
"""The cells of torchrecurrent that are taken."""

for _name in MODULES:
    _module = getattr(torchrecurrent, _name)
    _cell = adapt(_module, source=source_of(_module), separate_output=_name in SEPARATE)
    globals()[_cell.__name__] = _cell

__all__ = ["LEFT_OUT", "MODULES", *(name.removesuffix("Cell") for name in MODULES)]
