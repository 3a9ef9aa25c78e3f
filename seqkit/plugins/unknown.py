"""The message for a name that nothing has: what is near it, or what to install."""

import difflib

from seqkit.annotations import show
from seqkit.errors import MissingPlugin, PluginError, UnknownPlugin
from seqkit.plugins.kinds import KINDS, LOCAL, PluginInfo
from seqkit.plugins.metadata import is_installed, is_name
from seqkit.plugins.policy import is_distribution_name, normalise


def unknown(kind: str, name: str, distribution: str | None, rows: list[PluginInfo]) -> PluginError:
    """Make the error for a name that no row has.

    Args:
        kind: a key of `KINDS`.
        name: what was asked for.
        distribution: the distribution that a checkpoint was made with, if it is a checkpoint that asks.
        rows: all plugins of the kind.

    Returns:
        `MissingPlugin` if a checkpoint asks for what is not here, else `UnknownPlugin` with the nearest name.
    """
    noun = KINDS[kind].noun
    if not isinstance(name, str):
        return UnknownPlugin(f"A {noun} is asked for by name, a string: {name!r} is a {type(name).__name__}.")
    if distribution == LOCAL:
        return MissingPlugin(
            f"The {noun} {name!r} was registered by hand in the process that saved the checkpoint: "
            f"call seqkit.plugins.register({kind!r}, {name!r}, TheClass) before you load it."
        )
    if distribution and not is_installed(distribution):
        return _missing(noun, name, distribution)
    return UnknownPlugin(
        f"No {noun} is called {show(name)}. {_advice(KINDS[kind].lister, name, distribution, rows)}{_bring(kind)}"
    )


def nearest(name: str, rows: list[PluginInfo]) -> str:
    """Return `"Did you mean 'lstm'? "` for the row whose name, bare or qualified, is nearest, else `""`."""
    named = [row for row in reversed(rows) if is_name(row.name)]
    known = {alias.lower(): alias for row in named for alias in (row.qualified, row.name)}
    # Long names are cut, since the comparison takes quadratic time.
    near = difflib.get_close_matches(name[:100].lower(), known, n=1)
    return f"Did you mean {known[near[0]]!r}? " if near else ""


def _missing(noun: str, name: str, distribution: str) -> MissingPlugin:
    start = f"The checkpoint's {noun} {name!r} comes from the distribution {distribution!r}, which is not installed"
    # The name stands in somebody's file: it is put into a command only if it is a mere name.
    if not is_distribution_name(distribution):
        return MissingPlugin(f"{start} and cannot be, since that is no distribution name.")
    return MissingPlugin(f"{start}: if you trust it, run `pip install {normalise(distribution)}`.")


def _advice(lister: str, name: str, distribution: str | None, rows: list[PluginInfo]) -> str:
    if distribution:
        return f"The checkpoint was made with another version of {distribution}: run `pip install -U {distribution}`."
    owner = name.rpartition("/")[0]
    absent = f"The distribution {show(owner)} is not installed. " if owner and not is_installed(owner) else ""
    names = list(dict.fromkeys(row.name for row in rows if is_name(row.name)))
    if not names:
        return f"{absent}None is installed."
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"{absent}{nearest(name, rows)}There are: {shown} (`{lister}` tells more)."


def _bring(kind: str) -> str:
    """Say what brings plugins of a kind that seqkit itself has none of, unless it is there."""
    bring = KINDS[kind].bring
    return f" `pip install {bring}` brings seqkit's own." if bring and not is_installed(bring) else ""
