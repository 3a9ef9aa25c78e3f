"""Find plugins by name: list them, get one, register one by hand."""

import dataclasses
import sys
import threading
from typing import Any

from seqkit.errors import AmbiguousPlugin, BrokenPlugin, DisabledPlugin, IncompatiblePlugin, PluginError
from seqkit.plugins.kinds import BUILT_IN, KINDS, LOCAL, PluginInfo, check_kind
from seqkit.plugins.loading import judge, load
from seqkit.plugins.metadata import Entry, forget_folders, is_name, scan
from seqkit.plugins.policy import VARIABLE, normalise, read_policy
from seqkit.plugins.rows import broken, entry_rows, local_row, value_of
from seqkit.plugins.unknown import unknown

_lock = threading.RLock()
_scanned: tuple[Entry, ...] | None = None
_local: dict[tuple[str, str], type] = {}
# What went wrong at import, by kind and qualified name: a plugin that failed is not run again until `refresh`.
_failures: dict[tuple[str, str], tuple[str, BaseException | None]] = {}

_REFUSALS = {"disabled": DisabledPlugin, "incompatible": IncompatiblePlugin, "broken": BrokenPlugin}


def list_plugins(kind: str | None = None) -> list[PluginInfo]:
    """List all plugins without importing any: built-ins, then local ones, then those of other distributions.

    Args:
        kind: `"cells"`, `"tokenizers"`, `"heads"` or `"checkpoints"`; None lists all.

    Returns:
        One row for each plugin, sorted by name within its origin.

    Raises:
        PluginError: the kind is unknown, `SEQKIT_PLUGINS` cannot be read, or seqkit itself is not installed.

    Example:
        >>> [plugin.name for plugin in list_plugins("cells") if plugin.distribution == "seqkit"]
        ['gru', 'lstm', 'rnn']
    """
    return [row for each in (KINDS if kind is None else [kind]) for row in _rows(each)]


def get(kind: str, name: str, distribution: str | None = None) -> Any:
    """Return the class of a plugin, of a checkpoint the function that leads to it; only this one is imported.

    Args:
        kind: `"cells"`, `"tokenizers"`, `"heads"` or `"checkpoints"`.
        name: bare, `"mingru"`, or qualified, `"seqkit-mingru/mingru"`.
        distribution: the distribution that a checkpoint was made with; it improves messages and decides nothing.

    Raises:
        UnknownPlugin: there is no such plugin.
        MissingPlugin: there is no such plugin, and `distribution` is not installed.
        AmbiguousPlugin: several distributions offer the name.
        DisabledPlugin: `SEQKIT_PLUGINS` leaves its distribution out.
        IncompatiblePlugin: its own requirement on seqkit excludes this version.
        BrokenPlugin: its import failed, or what it gave is no class of this kind.

    Example:
        >>> get("cells", "lstm").__name__
        'LSTM'
    """
    return _use(find(kind, name, distribution))


def register(kind: str, name: str, cls: type, *, replace: bool = False) -> None:
    """Give a class a name in this process; other processes, spawned workers too, must register it themselves.

    Args:
        kind: `"cells"`, `"tokenizers"`, `"heads"` or `"checkpoints"`.
        name: the bare name, which no built-in has.
        cls: the class.
        replace: whether another class that has the name gives way, as when a notebook's cell is run again.

    Raises:
        PluginError: the name is malformed, a built-in's, or another class has it.
        BrokenPlugin: the class is not of this kind.
    """
    noun = check_kind(kind).noun
    wrong = judge(kind, cls)
    if wrong:
        raise BrokenPlugin(f"Cannot register {name!r}: {getattr(cls, '__qualname__', repr(cls))} {wrong}.")
    if not isinstance(name, str) or not is_name(name):
        raise PluginError(f"{name!r} cannot name a {noun}: use letters, digits, '_', '.' and '-'.")
    if any(entry.name == name and entry.distribution == BUILT_IN for entry in _entries(kind)):
        raise PluginError(f"{name!r} is a {noun} of seqkit's own: register {cls.__qualname__} under another name.")
    with _lock:
        present = _local.setdefault((kind, name), cls)
        if present is not cls and not replace:
            raise PluginError(
                f"The {noun} {name!r} is registered as {value_of(present)} already: "
                f"choose another name for {value_of(cls)}, or say replace=True."
            )
        _local[kind, name] = cls


def unregister(kind: str, name: str) -> None:
    """Take back a name that `register` gave; one that is not there is none to take."""
    with _lock:
        _local.pop((kind, name), None)


def refresh() -> None:
    """Read the metadata anew at the next call, and give plugins that failed another chance."""
    global _scanned
    forget_folders()
    with _lock:
        _scanned = None
        _failures.clear()


def resolve_head(architecture: str) -> Any:
    """Return the head class that a checkpoint's `architectures` names; only this one is imported.

    Args:
        architecture: the class name, `"RNNForTokenClassification"`.

    Returns:
        The class, or None if no plugin's entry point ends in `:architecture`.

    Raises:
        PluginError: as `get` does, for the head that was found.
    """
    found = [row for row in _rows("heads") if row.value.rpartition(":")[2] == architecture]
    # Two names for one class are no ambiguity here: it is the class that is asked for.
    distinct = [row for i, row in enumerate(found) if row.value not in {other.value for other in found[:i]}]
    return _use(_only_one(distinct)) if distinct else None


def find(kind: str, name: str, distribution: str | None = None) -> PluginInfo:
    """Return the row that a name means, whatever its status.

    Args:
        kind: `"cells"`, `"tokenizers"`, `"heads"` or `"checkpoints"`.
        name: bare or qualified.
        distribution: the distribution that a checkpoint was made with.

    Raises:
        UnknownPlugin: there is no such plugin.
        MissingPlugin: there is no such plugin, and `distribution` is not installed.
        AmbiguousPlugin: several distributions offer the name.
    """
    rows = list_plugins(kind)
    found = [row for row in rows if isinstance(name, str) and row.answers_to(name)]
    # The distribution comes out of somebody's file: anything may stand there.
    made_with = distribution if isinstance(distribution, str) else None
    if not found:
        raise unknown(kind, name, made_with, rows)
    return _only_one(found, made_with)


def _only_one(found: list[PluginInfo], distribution: str | None = None) -> PluginInfo:
    """Return the row that a bare name means: a built-in, else a local class, else the one plugin that is let in."""
    # What SEQKIT_PLUGINS leaves out cannot spoil a name for the others.
    enabled = [row for row in found if row.status != "disabled"] or found
    if len(enabled) == 1 or enabled[0].distribution in (BUILT_IN, LOCAL):
        return enabled[0]
    names = [row.qualified for row in enabled]
    recorded = [name for name in names if name.startswith(f"{normalise(distribution or '')}/")]
    hint = f" The checkpoint was made with {recorded[0]!r}." if recorded else ""
    without = read_policy().without_distribution(enabled[-1].distribution).text()
    raise AmbiguousPlugin(
        f"Several distributions offer the {KINDS[found[0].kind].noun} {found[0].name!r}: write "
        f"{' or '.join(map(repr, names))}, or leave one out, as {VARIABLE}={without!r} does.{hint}"
    )


def _use(plugin: PluginInfo) -> Any:
    """Import the class of a row, or raise what its status says."""
    key = (plugin.kind, plugin.qualified)
    if plugin.status == "local":
        return _local[plugin.kind, plugin.name]
    if plugin.status not in _REFUSALS:
        cls, fault, cause = load(plugin.kind, plugin.value)
        if not fault:
            return cls
        _failures[key] = (fault, cause)
        plugin = dataclasses.replace(plugin, status="broken", reason=broken(plugin.distribution, fault))
    cause = _failures[key][1] if plugin.status == "broken" and key in _failures else None
    source = f"{plugin.distribution} {plugin.version}".strip()
    raise _REFUSALS[plugin.status](
        f"The {KINDS[plugin.kind].noun} {plugin.name!r} of {source} is {plugin.status}: {plugin.reason}."
    ) from cause


def _rows(kind: str) -> list[PluginInfo]:
    """Return the rows of one kind: built-ins, local ones, those of other distributions."""
    names = sorted(name for each, name in list(_local) if each == kind)
    failures = {key: fault for key, (fault, _) in list(_failures.items())}
    rows = entry_rows(_entries(kind), read_policy(), names, failures)
    own = [row for row in rows if row.distribution == BUILT_IN]
    return own + [local_row(kind, name, _local[kind, name]) for name in names] + rows[len(own) :]


def _entries(kind: str) -> list[Entry]:
    """Return the entry points of one kind, read once until `refresh`."""
    global _scanned
    check_kind(kind)
    with _lock:
        if _scanned is None:
            _scanned = scan()
        entries = [entry for entry in _scanned if entry.kind == kind]
    # seqkit's own checkpoints are in a distribution of their own.
    if not KINDS[kind].bring and not any(entry.distribution == BUILT_IN for entry in entries):
        raise PluginError(
            f"seqkit is not installed for {sys.executable}: it finds its own {kind} through its package metadata, "
            "as it finds plugins. Run `pip install -e .` in its source tree, or `pip install seqkit`."
        )
    return entries
