"""What the documents say is so: examples in docstrings and code blocks run, links lead somewhere."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import typer

import seqkit
from seqkit.cli import app
from seqkit.plugins.kinds import KINDS
from tests.pages import blocks

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = sorted(name for _, name, _ in pkgutil.walk_packages(seqkit.__path__, "seqkit.") if "__main__" not in name)


FOLLOWED = {"write-a-cell.md"}
"""Pages that lead through several files: a test of their own follows them."""

PUBLIC = (
    "plugins", "testing", "cells", "models", "tokenizers", "generation", "data", "training", "diagnostics", "inference",
    "export", "runtime",
)  # fmt: skip
"""The packages whose `__all__` is for users."""


def code_blocks(page: Path) -> str:
    """Return all Python blocks of a page that are to be run, one behind the other."""
    return "\n".join(block.body for block in blocks(page.read_text(encoding="utf-8"), "python") if block.reason is None)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0


def test_there_are_examples_to_run() -> None:
    finder = doctest.DocTestFinder()
    examples = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(examples) > 30


@pytest.mark.parametrize(
    "page", [page for page in PAGES if code_blocks(page) and page.name not in FOLLOWED], ids=lambda page: page.name
)
def test_code_blocks_run(page: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", code_blocks(page)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for promised in re.findall(r"print\(.*\)  # (.+)$", code_blocks(page), re.MULTILINE):
        assert promised in done.stdout


def test_links_lead_somewhere() -> None:
    done = subprocess.run([sys.executable, "tools/check_links.py"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def documented() -> str:
    """Return all pages, README included, as one text."""
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def public_names() -> set[str]:
    """Return what users import: names in `__all__` of the packages that are for them, and every error."""
    errors = {name for name, value in vars(seqkit.errors).items() if isinstance(value, type)}
    packages = [importlib.import_module(f"seqkit.{name}") for name in PUBLIC]
    return errors | {name for package in (seqkit, *packages) for name in package.__all__}


def variables(root: Path) -> set[str]:
    """Return the environment variables that source files read, by name or through a constant."""
    found: set[str] = set()
    for path in root.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found.update(re.findall(r'environ(?:\.get\(|\.setdefault\(|\[)"(\w+)"', text))
        found.update(re.findall(r'"(\w+)" (?:not )?in os\.environ', text))
        for constant in re.findall(r"environ(?:\.get\(|\[)([A-Z]\w*)", text):
            found.update(re.findall(rf'^{constant} = "(\w+)"', text, re.MULTILINE))
    return found


def commands(app: Any, words: str = "seqkit") -> list[str]:
    """Return every command as one types it."""
    inner = getattr(app, "commands", {})
    return [words, *(each for name, command in inner.items() for each in commands(command, f"{words} {name}"))]


def unmentioned(names: Iterable[str], text: str) -> list[str]:
    """Return the names that a text nowhere holds as a word of its own."""
    return sorted(name for name in names if not re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text))


def test_every_public_name_is_documented() -> None:
    text = re.sub(r"\bseqkit(\.\w+)*\.(?=[A-Za-z_]\w*\b)", "", documented())
    names = public_names()
    assert len(names) > 40
    assert unmentioned(names, text) == []


def test_every_public_name_is_in_the_reference() -> None:
    assert (
        unmentioned(public_names(), re.sub(r"\bseqkit(\.\w+)*\.", "", (ROOT / "docs" / "reference.md").read_text()))
        == []
    )


def test_every_environment_variable_is_documented() -> None:
    names = variables(ROOT / "seqkit")
    assert {"SEQKIT_PLUGINS", "CXX", "OMP_NUM_THREADS"} <= names
    assert unmentioned(names, documented()) == []


def test_every_entry_point_group_is_documented() -> None:
    assert unmentioned((kind.group for kind in KINDS.values()), documented()) == []


def test_every_command_is_documented() -> None:
    names = commands(typer.main.get_command(app))
    assert {"seqkit train", "seqkit plugins new"} <= set(names)
    assert unmentioned(names, documented()) == []


def test_what_no_page_tells_is_found(tmp_path: Path) -> None:
    assert unmentioned(["Cell", "seqkit train"], "`CellContract` and seqkit trains") == ["Cell", "seqkit train"]
    assert unmentioned(["Cell", "seqkit train"], "`Cell` and `seqkit train --data`") == []
    (tmp_path / "a.py").write_text('V = "VAR_A"\nos.environ.get(V, "*")\nos.environ["VAR_B"]\n"VAR_C" in os.environ\n')
    assert variables(tmp_path) == {"VAR_A", "VAR_B", "VAR_C"}
