"""What the documents say is so: examples in docstrings and code blocks run, links lead somewhere."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import seqkit

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = sorted(name for _, name, _ in pkgutil.walk_packages(seqkit.__path__, "seqkit.") if "__main__" not in name)


FOLLOWED = {"write-a-cell.md"}
"""Pages that lead through several files: a test of their own follows them."""


def code_blocks(page: Path) -> str:
    """Return all Python blocks of a page, one behind the other."""
    return "\n".join(re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))


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


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    tool = {"__name__": "tool"}
    exec(compile((ROOT / "tools" / "check_links.py").read_text(), "check_links.py", "exec"), tool)
    page = tmp_path / "page.md"
    page.write_text("[there](page.md) [gone](gone.md) [web](https://example.org/x)")
    assert tool["broken"](page) == ["gone.md"]
