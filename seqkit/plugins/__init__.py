"""Plugins: cells, tokenizers, heads and checkpoints that other distributions offer, found by name.

A distribution offers one through an entry point in the group `seqkit.cells`, `seqkit.tokenizers`, `seqkit.heads` or
`seqkit.checkpoints`; the built-ins come through the same door. Nothing is imported until it is asked for by name.

Example:
    >>> import seqkit.plugins
    >>> [plugin.name for plugin in seqkit.plugins.list_plugins("tokenizers") if plugin.distribution == "seqkit"]
    ['char', 'word', 'word-char']
"""

from seqkit.plugins.kinds import PluginInfo
from seqkit.plugins.provenance import describe, origin
from seqkit.plugins.registry import get, list_plugins, refresh, register, resolve_head

__all__ = ["PluginInfo", "describe", "get", "list_plugins", "origin", "refresh", "register", "resolve_head"]
