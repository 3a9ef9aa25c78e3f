"""What makes a saved folder explain itself: a shim for `trust_remote_code`, a README, and where its parts came from."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqkit import plugins
from seqkit.auto import HEADS, MODEL_TYPE, auto_class_of, tokenizers_called
from seqkit.files import replacing
from seqkit.plugins.kinds import LOCAL
from seqkit.plugins.policy import is_distribution_name

if TYPE_CHECKING:
    from seqkit.config import RNNConfig

logger = logging.getLogger(__name__)

SHIM = "seqkit_shim"

# Only the installed classes are ever loaded: a folder carries no copies of seqkit's files.
SHIM_TEXT = "from seqkit.shim import __getattr__  # the installed seqkit's classes, by name: `pip install seqkit`\n"

CONFIG_MAP = {"AutoConfig": f"{SHIM}.RNNConfig", **{auto: f"{SHIM}.{head}" for auto, head in HEADS.items()}}
"""`auto_map` of a `config.json`: where transformers looks if seqkit was not imported."""

MARK = "<!-- Written by seqkit, and renewed at each save. Take this line out to keep your own text. -->"

KNOWN = ("README.md", "config.json", "tokenizer_config.json")
"""The files of a folder that its README is written from, and that README."""

README = """\
---
library_name: seqkit
tags:
- seqkit
---

# {title}

{about} To load it:

```bash
pip install {distributions}
```

```python
import seqkit  # from here on, transformers knows these models
from transformers import {imports}

{loads}
```

Without `import seqkit`, the argument `trust_remote_code=True` does the same: it takes the installed seqkit's classes.
{notes}
{mark}
"""


def tokenizer_map(name: str) -> dict[str, list[str | None]]:
    """Return `auto_map` of a `tokenizer_config.json`: no slow class, and the one of this name."""
    return {"AutoTokenizer": [None, f"{SHIM}.{name}"]}


def record(config: "RNNConfig") -> dict[str, dict[str, str]]:
    """Return which distribution and version gave the cell, and the head and the tokenizer if plugins did.

    Args:
        config: the configuration of the model that is saved.

    Example:
        >>> from seqkit.config import RNNConfig
        >>> record(RNNConfig(vocab_size=10))["cell"]["distribution"]
        'seqkit'
    """
    heads = {row.value.rpartition(":")[2]: row for row in reversed(plugins.list_plugins("heads"))}
    names = [name for name in config.architectures or () if name in heads and name not in HEADS.values()]
    found = {
        "cell": plugins.origin("cells", config.cell),
        "head": _origin(heads[names[0]]) if names else None,
        # A model does not know its tokenizer: who trains both says it, and it stays.
        "tokenizer": (config.provenance or {}).get("tokenizer"),
    }
    return {part: origin for part, origin in found.items() if origin}


def compare(config: "RNNConfig") -> None:
    """Warn if the cell of a checkpoint comes from elsewhere now, or from another release series.

    Args:
        config: a configuration that was loaded; its `provenance` is shown and compared, never imported from.
    """
    saved = (config.provenance or {}).get("cell", {})
    here = plugins.origin("cells", config.cell)
    if not saved or not here or (_series(saved) == _series(here)):
        return
    logger.warning(
        "The cell %r was saved with %s %s, and runs with %s %s: compare its outputs before you rely on them.",
        config.cell,
        *(part.get(key, "?") for part in (saved, here) for key in ("distribution", "version")),
    )


def complete(folder: Path) -> None:
    """Write the shim, and a README unless somebody's own is there.

    Args:
        folder: a folder in which a configuration or a tokenizer has just been saved.
    """
    with replacing(folder / f"{SHIM}.py") as temporary:
        temporary.write_text(SHIM_TEXT, encoding="utf-8")
    readme = folder / "README.md"
    if readme.exists() and MARK not in readme.read_text(encoding="utf-8", errors="replace"):
        return
    with replacing(readme) as temporary:
        temporary.write_text(describe(folder), encoding="utf-8")


def describe(folder: Path, place: str | None = None) -> str:
    """Return the README of a folder, from the `config.json` and `tokenizer_config.json` that stand in it.

    Args:
        folder: the folder.
        place: what `from_pretrained` shall be given in it, such as a repository of the hub; None is the folder's name.
    """
    config, tokenizer = _read(folder / "config.json"), _read(folder / "tokenizer_config.json")
    config = config if config.get("model_type") == MODEL_TYPE else {}
    parts = list((config.get("provenance") or {}).values())
    parts += map(_origin, tokenizers_called(tokenizer.get("tokenizer_class")))
    origins = dict.fromkeys(name for part in parts if isinstance(name := part.get("distribution"), str))
    # The names stand in a file that may have come from anywhere, and go into a command: mere names only.
    needed = ["seqkit", *(name for name in origins if name not in ("seqkit", LOCAL) and is_distribution_name(name))]
    auto_class = auto_class_of(*config["architectures"][:1]) if config.get("architectures") else "AutoConfig"
    loaded = {auto_class: "model" if auto_class != "AutoConfig" else "config"} if config else {}
    loaded |= {"AutoTokenizer": "tokenizer"} if tokenizer else {}
    notes = [
        f"Before that, register {part.get('name')!r} with `seqkit.plugins.register`: no distribution has it."
        for part in parts
        if part.get("distribution") == LOCAL
    ]
    return README.format(
        title=(place or folder.resolve().name).rpartition("/")[2],
        about=f"A recurrent network (cell `{config.get('cell')}`)." if config else "A tokenizer.",
        distributions=" ".join(needed),
        imports=", ".join(loaded),
        loads="\n".join(f'{name} = {auto}.from_pretrained("{place or folder.name}")' for auto, name in loaded.items()),
        notes="\n".join(["", *notes, ""]) if notes else "",
        mark=MARK,
    )


def _read(path: Path) -> dict[str, Any]:
    """Return what a JSON file holds, nothing if it is damaged: a README is not worth a failed save."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _origin(row: plugins.PluginInfo) -> dict[str, str]:
    return {"name": row.name, "distribution": row.distribution, "version": row.version}


def _series(origin: dict[str, str]) -> tuple[str | None, list[str]]:
    """Return what must agree: the distribution, and major and minor of its version."""
    return origin.get("distribution"), origin.get("version", "").split(".")[:2]
