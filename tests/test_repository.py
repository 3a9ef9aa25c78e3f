"""What stands beside the code: citation, contributing, security, changes, licences and the ranges of dependencies."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import yaml

import seqkit
from tools.wheels import lowest, projects, settings

ROOT = Path(__file__).resolve().parent.parent
PROJECTS = projects()
PLUGINS = PROJECTS[1:]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_citation_is_one_and_of_this_version() -> None:
    citation = yaml.safe_load(read("CITATION.cff"))
    # What the Citation File Format 1.2.0 requires, and of what kinds.
    assert citation["cff-version"] == "1.2.0"
    assert all(isinstance(citation[key], str) and citation[key] for key in ("message", "title", "abstract"))
    assert all(
        {"name"} <= author.keys() or {"family-names", "given-names"} <= author.keys() for author in citation["authors"]
    )
    assert citation["type"] in ("software", "dataset")
    project = settings(ROOT)["project"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    known = {"cff-version", "message", "title", "abstract", "type", "authors", "keywords", "license", "version"}
    assert citation.keys() <= known | {"date-released", "doi", "identifiers", "repository-code", "url"}


def test_contributing_is_three_commands_of_the_makefile() -> None:
    commands = re.findall(r"^make (\w+)", read("CONTRIBUTING.md"), re.MULTILINE)
    assert commands == ["test", "check", "docs"]
    assert all(f"\n{name}:" in read("Makefile") for name in commands)


def test_security_says_what_to_do() -> None:
    text = read("SECURITY.md")
    assert "To report a vulnerability" in text
    assert "SEQKIT_PLUGINS" in text


def test_changes_are_told_under_versions() -> None:
    versions = re.findall(r"^## \[?([^\]\n]+)", read("CHANGELOG.md"), re.MULTILINE)
    assert versions
    assert all(re.match(r"Unreleased|\d+\.\d+\.\d+", version) for version in versions)
    assert seqkit.__version__ == settings(ROOT)["project"]["version"]


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_a_plugin_has_its_licence_and_its_name(plugin: Path) -> None:
    table, licence = settings(plugin)["project"], (plugin / "LICENSE").read_text()
    assert table["name"] == plugin.name
    assert table["license-files"][0] == "LICENSE"
    assert all([*plugin.glob(pattern)] for pattern in table["license-files"])
    assert (table["license"] == "Apache-2.0") == (licence == read("LICENSE"))


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name if project != ROOT else "seqkit")
def test_every_dependency_has_a_lower_bound(project: Path) -> None:
    table = settings(project)
    optional = table["project"].get("optional-dependencies", {})
    listed = [
        *table["build-system"]["requires"],
        *table["project"].get("dependencies", []),
        *chain(*optional.values()),
    ]
    for requirement in listed:
        if not requirement.startswith("seqkit["):
            assert "==" in lowest(requirement)


def test_exact_versions_lie_within_the_ranges() -> None:
    from packaging.requirements import Requirement

    exact = dict(line.split("==") for line in read("constraints.txt").splitlines() if "==" in line)
    exact = {name.lower().replace("_", "-"): version for name, version in exact.items()}
    project = tomllib.loads(read("pyproject.toml"))["project"]
    listed = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    wanted = [Requirement(each) for each in listed if not each.startswith("seqkit")]
    assert [
        str(each) for each in wanted if each.name.lower() in exact and exact[each.name.lower()] not in each.specifier
    ] == []
