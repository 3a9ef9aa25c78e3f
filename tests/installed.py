"""Distributions that are really installed: metadata and modules in a folder on `sys.path`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seqkit.plugins import refresh, registry

CELL = "from seqkit.cells.base import Cell\n\nclass {name}(Cell):\n    '''A cell.'''\n"


class Site:
    """A folder on `sys.path` into which a test installs distributions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(
        self, name: str, entry_points: str, version: str | None = "1.0", *requires: str, **modules: str
    ) -> Path:
        """Write a distribution's metadata and modules as pip leaves them; without a version, without METADATA."""
        info = self.folder / f"{name.replace('-', '_')}-{version or '0'}.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        if version:
            lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {each}" for each in requires)]
            (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines, "", "A plugin."]))
        for module, source in modules.items():
            (self.folder / f"{module}.py").write_text(source, encoding="utf-8")
        refresh()
        return info

    def install_cell(self, name: str, cell: str, *requires: str, source: str | None = None) -> str:
        """Install a distribution with one cell in a module of its own, and return that module's name."""
        module = name.replace("-", "_")
        source = CELL.format(name="Cell_") if source is None else source
        self.install(name, f"[seqkit.cells]\n{cell} = {module}:Cell_\n", "1.0", *requires, **{module: source})
        return module


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A fresh folder on `sys.path`; what was imported from it and registered is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delenv("SEQKIT_PLUGINS", raising=False)
    monkeypatch.setattr(registry, "_local", {})
    refresh()
    before = set(sys.modules)
    yield Site(folder)
    for module in set(sys.modules) - before:
        if str(getattr(sys.modules[module], "__file__", "")).startswith(str(folder)):
            del sys.modules[module]
    monkeypatch.undo()
    refresh()
