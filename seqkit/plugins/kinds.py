"""The kinds of plugin, and the row that describes one plugin."""

from dataclasses import dataclass

from seqkit.errors import PluginError
from seqkit.plugins.policy import normalise

BUILT_IN = "seqkit"
"""The distribution of the built-ins."""

LOCAL = "local"
"""What stands in place of a distribution for a class registered in this process."""


@dataclass(frozen=True)
class Kind:
    """What one kind of plugin is called, and what its classes must descend from.

    The base class is known by name and home module, so that a plugin is judged without importing torch here.

    Args:
        group: the entry-point group.
        noun: one plugin of this kind, in messages.
        base: name of the class that every plugin of this kind descends from; "" for a kind whose plugins are functions.
        home: module or package in which that class is defined.
        bring: the distribution to install by whoever has no plugin of this kind; "" where seqkit itself has some.
        lister: the command that tells more of all of them.
    """

    group: str
    noun: str
    base: str = ""
    home: str = ""
    bring: str = ""
    lister: str = "seqkit plugins"


KINDS = {
    "cells": Kind("seqkit.cells", "cell", "Cell", "seqkit.cells.base"),
    "tokenizers": Kind("seqkit.tokenizers", "tokenizer", "PreTrainedTokenizerBase", "transformers"),
    "heads": Kind("seqkit.heads", "head", "RNNPreTrainedModel", "seqkit.models"),
    "checkpoints": Kind("seqkit.checkpoints", "checkpoint", bring="seqkit-zoo", lister="seqkit models"),
}


@dataclass(frozen=True)
class PluginInfo:
    """One plugin as its metadata tells it; nothing is imported to make it.

    Args:
        kind: `"cells"`, `"tokenizers"`, `"heads"` or `"checkpoints"`.
        name: the entry-point name, `"mingru"`.
        distribution: normalised name of the distribution that offers it, `"seqkit-mingru"`; `"seqkit"` for a
            built-in, `"local"` for a class registered in this process.
        version: version of that distribution, `""` if its metadata has none.
        status: `"ok"`, `"local"`, `"shadowed"` or `"ambiguous"` (only the qualified name works), `"disabled"`,
            `"incompatible"` or `"broken"`.
        reason: why the status is not `"ok"` and what to do about it, else `""`.
        value: what is imported at first use, `"module:Class"`, or `"module:function"` for a checkpoint.
    """

    kind: str
    name: str
    distribution: str
    version: str
    status: str
    reason: str
    value: str

    @property
    def qualified(self) -> str:
        """The name that always works: `"seqkit-mingru/mingru"`."""
        return f"{self.distribution}/{self.name}"

    def answers_to(self, name: str) -> bool:
        """Tell whether a name, bare or qualified, means this plugin."""
        owner, slash, bare = name.rpartition("/")
        return bare == self.name and (not slash or normalise(owner) == self.distribution)


def check_kind(kind: str) -> Kind:
    """Return the description of a kind.

    Raises:
        PluginError: there is no such kind.
    """
    if kind not in KINDS:
        raise PluginError(f"There are no plugins of kind {kind!r}: the kinds are {', '.join(KINDS)}.")
    return KINDS[kind]
