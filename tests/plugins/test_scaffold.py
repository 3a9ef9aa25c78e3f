"""A new package is rendered, installed as pip does it, and its tests are green at the first run."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from seqkit import plugins
from seqkit.errors import PluginError
from seqkit.plugins import scaffold
from seqkit.plugins.scaffold import create, plan_of, render

KINDS = ("cell", "tokenizer", "head")
PIP = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target")


def run(folder: Path, site: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(site), "HF_HUB_OFFLINE": "1"}
    environment |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", ["cell", *(pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS[1:])])
def test_its_tests_are_green_at_the_first_run(kind: str, tmp_path: Path) -> None:
    folder, source = create("My-Own", kind, tmp_path)
    site = tmp_path / "site"
    run(tmp_path, site, *PIP, str(site), str(folder))
    assert '"seqkit-my-own"' in run(tmp_path, site, "-m", "seqkit", "plugins", "show", "my-own", "--json")
    # The installed copy is tested, together with the examples that the docstrings show.
    told = run(folder, site, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert " passed" in told
    assert "failed" not in told
    run(folder, site, "-m", "doctest", str(site / source.relative_to(folder / "src")))


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_is_complete(kind: str, tmp_path: Path) -> None:
    folder, source = create("MinGRU", kind, tmp_path)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        ".gitignore",
        ".github/workflows/test.yml",
        "src/seqkit_mingru/__init__.py",
        "src/seqkit_mingru/mingru.py",
        "src/seqkit_mingru/py.typed",
        "tests/test_mingru.py",
    }
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == "seqkit-mingru"
    assert project["dependencies"] == ["seqkit>=0.1,<0.2"]
    (value,) = project["entry-points"][f"seqkit.{kind}s"].values()
    assert f"class {value.rpartition(':')[2]}(" in source.read_text(encoding="utf-8")
    for text in render(plan_of("MinGRU", kind)).values():
        assert "%{" not in text
        assert "<about>" not in text


@pytest.mark.parametrize(
    ("name", "kind", "distribution", "cls"),
    [
        ("mingru", "cell", "seqkit-mingru", "Mingru"),
        ("Seqkit-MinGRU", "cell", "seqkit-mingru", "MinGRU"),
        ("my_own.cell", "cell", "seqkit-my-own-cell", "MyOwnCell"),
        ("jamo", "tokenizer", "seqkit-jamo", "JamoTokenizer"),
        ("jamo-tokenizer", "tokenizer", "seqkit-jamo-tokenizer", "JamoTokenizer"),
        ("CRF", "head", "seqkit-crf", "RNNCRFForSequenceClassification"),
    ],
)
def test_what_a_name_means(name: str, kind: str, distribution: str, cls: str) -> None:
    plan = plan_of(name, kind)
    assert (plan.distribution, plan.cls) == (distribution, cls)


@pytest.mark.parametrize(
    "name",
    ["", "seqkit-", "../x", "a/b", "/tmp/x", ".x", "x.", "a--b", "1x", "a b", "x;rm", "한", "x\n", "%{cls}", "a" * 51],
)
def test_what_cannot_name_a_package_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="cannot name a package: write a letter"):
        create(name, "cell", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "kind"), [("lambda", "cell"), ("cell", "cell"), ("None", "cell"), ("seqkit", "tokenizer")]
)
def test_a_name_that_python_or_the_template_needs_is_refused(name: str, kind: str) -> None:
    with pytest.raises(PluginError, match="would hide a name"):
        plan_of(name, kind)


def test_a_built_ins_name_and_an_unknown_kind_are_refused() -> None:
    with pytest.raises(PluginError, match="'lstm' is a cell of seqkit's own"):
        plan_of("LSTM", "cell")
    assert plan_of("lstm", "head").name == "lstm"
    with pytest.raises(PluginError, match="choose one of cell, tokenizer, head"):
        plan_of("x", "layer")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "seqkit-x"
    folder.symlink_to(tmp_path / "nowhere")
    with pytest.raises(PluginError, match="exists, and nothing is overwritten"):
        create("x", "cell", tmp_path)
    with pytest.raises(PluginError, match="is no folder: make it first"):
        create("x", "cell", tmp_path / "gone")


def test_half_a_package_is_never_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaffold, "render", lambda plan: {"README.md": "x", "LICENSE": "\ud800"})
    with pytest.raises(UnicodeEncodeError):
        create("x", "cell", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_is_neither_installed_nor_imported(tmp_path: Path) -> None:
    before = set(sys.modules)
    create("x", "cell", tmp_path)
    assert not any(name.startswith("seqkit_x") for name in set(sys.modules) - before)
    assert "x" not in {row.name for row in plugins.list_plugins()}
