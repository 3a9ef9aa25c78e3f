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


def describe(record: dict[str, dict[str, str]]) -> str:
    """Write records as one line for people.

    Args:
        record: records by what they are of, as `config.provenance` holds them.

    Example:
        >>> describe({"cell": {"name": "mingru", "distribution": "seqkit-mingru", "version": "0.1.0"}})
        'cell mingru of seqkit-mingru 0.1.0'
    """
    return ", ".join(
        f"{part} {each['name']} of {each['distribution']} {each['version']}".rstrip() for part, each in record.items()
    )


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
