"""What a training ends in: the task's own head, or a plugin's that serves the same Auto class."""

from collections.abc import Iterator
from typing import Any

from seqkit import plugins
from seqkit.data.tasks import AUTO_CLASSES, Task
from seqkit.errors import ConfigError
from seqkit.plugins.source import locate

OWN = {"series-classification": "sequence-classification", "series-to-text": "seq2seq"}
"""The built-in heads that are called otherwise than their task: one serves texts and series."""


def head_of(task: Task, name: str | None = None) -> Any:
    """Return the class of a head.

    Args:
        task: what the head must be for.
        name: its name as `seqkit plugins` lists it, bare or qualified; None is the built-in one, called as the
            task is, but for those in `OWN`.

    Raises:
        ConfigError: if the head is for another task; the message names those that fit.
        PluginError: if the head's plugin cannot be used.

    Example:
        >>> head_of("token-classification").__name__
        'RNNForTokenClassification'
    """
    head = plugins.get("heads", OWN.get(task, task) if name is None else name)
    if head.auto_class_name != AUTO_CLASSES[task]:
        raise ConfigError(
            f"the head {name!r} serves {head.auto_class_name}, and the task {task!r} needs {AUTO_CLASSES[task]}, "
            f"which is served by: {', '.join(heads_for(task))}."
        )
    return head


def heads_for(task: Task) -> list[str]:
    """Name the heads that serve a task; what they serve is read in their source, and nothing is imported.

    Example:
        >>> heads_for("causal-lm")[0]
        'causal-lm'
    """
    return [name for name, auto_class in _served() if auto_class == AUTO_CLASSES[task]]


def _served() -> Iterator[tuple[str, str | None]]:
    """Yield each usable head, by the shortest name that means it, with the Auto class that it serves."""
    for row in plugins.list_plugins("heads"):
        if row.status == "local":
            yield row.name, plugins.get("heads", row.qualified).auto_class_name
        elif row.status in ("ok", "shadowed", "ambiguous"):
            yield row.name if row.status == "ok" else row.qualified, locate(row.value).serves
