"""Where a cell, head or tokenizer came from: what a checkpoint's config records of it."""

from seqkit.errors import PluginError
from seqkit.plugins.kinds import LOCAL, PluginInfo
from seqkit.plugins.loading import is_value_of
from seqkit.plugins.registry import find, get, list_plugins


def origin(kind: str, plugin: str | type) -> dict[str, str] | None:
    """Return the record of a plugin for a checkpoint's config; nothing is imported.

    Args:
        kind: `"cells"`, `"tokenizers"` or `"heads"`.
        plugin: its name, or its class.

    Returns:
        `{"name": …, "distribution": …, "version": …}`, or None for what no plugin gives: a class that is
        neither registered nor behind an entry point, or a name that means nothing here.

    Example:
        >>> sorted(origin("cells", "lstm"))
        ['distribution', 'name', 'version']
    """
    found = _by_name(kind, plugin) if isinstance(plugin, str) else _by_class(kind, plugin)
    return {"name": found.name, "distribution": found.distribution, "version": found.version} if found else None


def _by_name(kind: str, name: str) -> PluginInfo | None:
    try:
        return find(kind, name)
    except PluginError:
        return None


def _by_class(kind: str, cls: type) -> PluginInfo | None:
    for row in list_plugins(kind):
        same = get(kind, row.qualified) is cls if row.distribution == LOCAL else is_value_of(row.value, cls)
        if same:
            return row
    return None
