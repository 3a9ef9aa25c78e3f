"""`import seqkit` is light, and its public names are there."""

import importlib.metadata
from pathlib import Path

import pytest

import seqkit
from tests.fresh import printed, run

HEAVY = ("torch", "transformers", "tokenizers", "datasets", "numpy", "typer", "rich")


def imported(statements: str, home: Path) -> list[str]:
    """Return which heavy packages some statements import in a fresh process."""
    return printed(f"import sys; {statements}; print(*(n for n in {HEAVY} if n in sys.modules))", home)[0].split()


def test_import_is_light(tmp_path: Path) -> None:
    assert imported("import seqkit", tmp_path) == []


def test_a_heavy_import_would_be_noticed(tmp_path: Path) -> None:
    assert "numpy" in imported("import seqkit; import numpy", tmp_path)
    assert "torch" in imported("import seqkit; seqkit.Cell", tmp_path)


def test_import_is_quick(tmp_path: Path) -> None:
    code = "import time; t = time.process_time(); import seqkit; print(time.process_time() - t)"
    assert min(float(printed(code, tmp_path)[0]) for _ in range(3)) < 0.1


@pytest.mark.parametrize("name", seqkit.__all__)
def test_public_names(name: str) -> None:
    value = getattr(seqkit, name)
    assert getattr(value, "__name__", "").removeprefix("seqkit.") == name
    assert name in dir(seqkit)


def test_version_is_the_installed_one() -> None:
    assert seqkit.__version__ == importlib.metadata.version("seqkit")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'RNNModl'"):
        seqkit.RNNModl  # noqa: B018


def test_python_m_seqkit(tmp_path: Path) -> None:
    done = run(
        "import runpy, sys; sys.argv = ['seqkit', '--help']; runpy.run_module('seqkit', run_name='__main__')", tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "train" in done.stdout
