"""Recipes: named, complete training set-ups, kept as data beside this file."""

import json
from importlib.resources import files
from typing import Any

from seqkit.annotations import nearest
from seqkit.errors import ConfigError

DEFAULTS = {
    "causal-lm": "char-lm",
    "sequence-classification": "classifier",
    "series-classification": "series",
    "token-classification": "tagger",
    "seq2seq": "seq2seq",
}
"""The recipe of each task when none is named."""


def names() -> list[str]:
    """Return the names of all recipes.

    Example:
        >>> "char-lm" in names()
        True
    """
    return sorted(file.name.removesuffix(".json") for file in files(__name__).iterdir() if file.name.endswith(".json"))


def load(name: str) -> dict[str, Any]:
    """Return a recipe: `task`, `head`, `tokenizer`, `tokenizer_options`, `config` and `training`.

    Args:
        name: the recipe's name.

    Raises:
        ConfigError: if there is no such recipe (the nearest name is told).
    """
    if name not in names():
        raise ConfigError(f"no recipe is called {name!r}.{nearest(name, names())} There are: {', '.join(names())}.")
    return json.loads(files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
