"""What the one-line shim of a saved folder imports: seqkit's classes, and those of plugins, by name."""

from typing import Any

import seqkit
from seqkit import plugins
from seqkit.auto import TokenizerClasses


def __getattr__(name: str) -> Any:
    if name in seqkit.__all__:
        return getattr(seqkit, name)
    if not name.startswith("_"):
        classes = TokenizerClasses()
        found = classes[name] if name in classes else plugins.resolve_head(name)
        if found is not None:
            return found
    raise AttributeError(f"neither seqkit nor an installed plugin has {name!r}; `seqkit plugins` lists what there is")
