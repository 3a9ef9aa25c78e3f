"""The packages in plugins/: each is a model of what somebody else's should be."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

import seqkit
from tests import fresh

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
OPEN = ("seqkit.annotations", "seqkit.errors")
"""Modules without `__all__` whose names are for authors of plugins."""

each_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)


def public_names() -> set[str]:
    """Return every name that a package of seqkit offers in its `__all__`, and those of the open modules."""
    packages = [import_module(f"seqkit.{info.name}") for info in iter_modules(seqkit.__path__) if info.ispkg]
    names = {name for package in (seqkit, *packages) for name in getattr(package, "__all__", ())}
    return names | {name for module in OPEN for name in vars(import_module(module)) if not name.startswith("_")}


def taken_from_seqkit(source: str) -> Iterator[str]:
    """Yield what a source imports from seqkit: names of `from … import`, and whole modules."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "seqkit":
            yield from (alias.name for alias in node.names)
            yield from (part for part in (node.module or "").split(".") if part.startswith("_"))
        elif isinstance(node, ast.Import):
            yield from (part for alias in node.names for part in alias.name.split(".")[1:] if "seqkit." in alias.name)


def private(source: str) -> list[str]:
    """Return what a source imports of seqkit that is for seqkit alone."""
    modules = {info.name for info in iter_modules(seqkit.__path__)}
    return sorted({name for name in taken_from_seqkit(source) if name not in public_names() | modules})


def project(package: Path) -> dict[str, Any]:
    return tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def values(package: Path) -> dict[str, str]:
    """Return the package's entry points: `"seqkit.cells/mingru"` -> `"module:Class"`."""
    groups = project(package)["entry-points"]
    return {f"{group}/{name}": value for group, given in groups.items() for name, value in given.items()}


def test_the_packages_are_there() -> None:
    names = {package.name for package in PACKAGES}
    assert {f"seqkit-{name}" for name in ("mingru", "lnlstm", "slstm", "crf", "torchrecurrent", "zoo")} <= names
    cells = {value for package in PACKAGES for value in values(package)}
    assert {f"seqkit.cells/{name}" for name in ("mingru", "minlstm", "lnlstm", "peephole", "slstm")} <= cells
    assert "seqkit.heads/crf" in cells


@each_package
def test_it_imports_no_private_name(package: Path) -> None:
    for file in package.rglob("*.py"):
        assert private(file.read_text(encoding="utf-8")) == [], file


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from seqkit import Cell, plugins", []),
        ("from seqkit.engine import run", []),
        ("from seqkit.engine._hidden import run", ["_hidden"]),
        ("from seqkit.plugins.registry import find", ["find"]),
        ("from seqkit.cells.base import _zeros", ["_zeros"]),
        ("import seqkit.engine.trace", ["trace"]),
        ("import seqkit.plugins", []),
    ],
)
def test_a_private_name_is_found(line: str, found: list[str]) -> None:
    assert private(line) == found


@each_package
def test_its_readme_has_source_figures_and_how_to_install_and_test(package: Path) -> None:
    text = (package / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {package.name}\n")
    assert f"pip install ./plugins/{package.name}\n" in text
    assert "](http" in text, "no link to the source of its equations"
    assert f"python -m pytest plugins/{package.name}/tests" in text
    figures = text.partition("## Figures")[2] or text.partition("## The cells")[2]
    assert "|---" in figures.replace("| -", "|-")
    assert ".py)" in figures, "no script that measured the figures"
    for name in project(package)["entry-points"].values():
        assert any(f"`{each}`" in text or f"| {each} |" in text or f" {each}\n" in text for each in name)


@each_package
def test_it_asks_for_a_range_of_seqkit_and_holds_a_contract(package: Path) -> None:
    (requirement,) = [each for each in project(package)["dependencies"] if each.startswith("seqkit>")]
    assert requirement == "seqkit>=0.1,<0.2"
    tests = "".join(file.read_text(encoding="utf-8") for file in package.glob("tests/test_*.py"))
    kinds = {group.removeprefix("seqkit.").removesuffix("s").capitalize() for group in project(package)["entry-points"]}
    assert all(f"{kind}Contract)" in tests or f"check_{kind.lower()}(" in tests for kind in kinds)


@pytest.mark.slow
def test_wheels_build_and_their_entry_points_work_from_them(tmp_path: Path) -> None:
    trees = [shutil.copytree(package, tmp_path / "trees" / package.name) for package in PACKAGES]
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    offline = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    wheels = tmp_path / "wheels"
    subprocess.run([*pip, "wheel", *offline, "--wheel-dir", str(wheels), *map(str, trees)], check=True)
    assert len(list(wheels.glob("*.whl"))) == len(PACKAGES)
    subprocess.run([*pip, "install", *offline, "--target", str(site), *map(str, wheels.glob("*.whl"))], check=True)
    code = (
        "import inspect, json, seqkit.plugins as p\n"
        "rows = [row for row in p.list_plugins() if row.distribution != 'seqkit']\n"
        "found = {f'seqkit.{row.kind}/{row.name}': p.get(row.kind, row.qualified) for row in rows}\n"
        "print(json.dumps({name: inspect.getfile(cls) for name, cls in found.items()}))"
    )
    files = json.loads(fresh.printed(code, tmp_path, site)[0])
    wanted = {name: value for package in PACKAGES for name, value in values(package).items()}
    assert files.keys() >= wanted.keys()
    # Each comes out of the wheel, not from the source tree that this environment may hold.
    own = {name for name, file in files.items() if file.startswith(f"{site}{os.sep}")}
    adapted = {name for name, value in wanted.items() if value.startswith("seqkit_torchrecurrent")}
    assert own >= wanted.keys() - adapted
