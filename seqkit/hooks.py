"""Register with transformers in either import order, and import nothing for it.

A finder on `sys.meta_path` watches for the modules that matter, lets the other finders find them, and runs a function
of `seqkit.auto` once they have been executed. Modules that are there already count at once.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_AUTO = "transformers.models.auto"

STEPS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({f"{_AUTO}.configuration_auto"}), "load_config"),
    (frozenset({f"{_AUTO}.configuration_auto", "seqkit.config"}), "register_config"),
    (frozenset({f"{_AUTO}.tokenization_auto", "seqkit.config"}), "register_tokenizers"),
    (frozenset({f"{_AUTO}.modeling_auto", "seqkit.config"}), "register_models"),
    (frozenset({f"{_AUTO}.modeling_auto", "seqkit.models"}), "register_loaded_models"),
    (frozenset({"transformers.pipelines"}), "register_pipelines"),
)
"""What must have been imported, and what is called in `seqkit.auto` then.

Both sides are named, since either may be halfway through its own import when the other is complete.
"""


class Watcher:
    """A finder of `sys.meta_path` that finds nothing itself, and runs steps when modules have been executed."""

    def __init__(self) -> None:
        self.watched: frozenset[str] = frozenset().union(*(names for names, _ in STEPS))
        self.done: set[str] = set()

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find a watched module as the finders behind this one do, and note when it has been executed."""
        if name not in self.watched:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                self._watch(spec)
                return spec
        return None

    def note(self, name: str) -> None:
        """Take a module as imported, and run the steps that waited for it."""
        self.done.add(name)
        for names, step in STEPS:
            if name in names and names <= self.done:
                getattr(import_module("seqkit.auto"), step)()

    def _watch(self, spec: ModuleSpec) -> None:
        loader: Any = spec.loader
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            self.note(spec.name)

        loader.exec_module = exec_module


def install() -> None:
    """Begin to watch; a second call changes nothing."""
    if any(isinstance(finder, Watcher) for finder in sys.meta_path):
        return
    watcher = Watcher()
    sys.meta_path.insert(0, watcher)
    for name in sorted(watcher.watched & set(sys.modules)):
        watcher.note(name)
