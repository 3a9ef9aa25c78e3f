"""What should not be in a wheel, or is missing, is found; core and every plugin build as they should."""

from pathlib import Path

import pytest

from tools.wheels import ROOT, check, faults, files_of, lowest, payload, projects

GOOD = {"a/__init__.py": b"", "a/py.typed": b"", "a-1.dist-info/licenses/LICENSE": b"", "a-1.dist-info/METADATA": b""}


def test_a_good_wheel_has_no_faults() -> None:
    assert faults(GOOD, {"a/__init__.py", "a/py.typed"}, ["/home/somebody/"]) == []


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a/__init__.py", None, "a/__init__.py is missing"),
        ("a/py.typed", None, "a/py.typed is missing"),
        ("a-1.dist-info/licenses/LICENSE", None, "the licence is missing"),
        ("tests/test_a.py", b"", "tests/test_a.py should not be there"),
        ("a-1.dist-info/METADATA", b"built in /home/somebody/a", "a-1.dist-info/METADATA tells /home/somebody/"),
    ],
)
def test_a_fault_is_found(name: str, content: bytes | None, fault: str) -> None:
    files = {key: value for key, value in {**GOOD, name: content}.items() if value is not None}
    assert fault in " ".join(faults(files, {"a/__init__.py", "a/py.typed"}, ["/home/somebody/"]))


def test_data_alone_needs_no_types() -> None:
    assert faults({"a/model.json": b"", "a-1.dist-info/licenses/LICENSE": b""}, {"a/model.json"}) == []


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ("torch>=2.13", "torch==2.13"),
        ("transformers>=5.23,<6", "transformers==5.23"),
        ("triton>=3.7; platform_system == 'Linux'", 'triton==3.7; platform_system == "Linux"'),
    ],
)
def test_a_lower_bound_is_the_version_to_install(requirement: str, expected: str) -> None:
    assert lowest(requirement) == expected


def test_a_dependency_without_a_lower_bound_is_refused() -> None:
    with pytest.raises(SystemExit, match="'rich' has no lower bound"):
        lowest("rich")


def test_a_payload_holds_all_of_a_package_and_nothing_else() -> None:
    assert {
        "seqkit/py.typed",
        "seqkit/engine/int8.cpp",
        "seqkit/recipes/char-lm.json",
        "seqkit/hub/sets.json",
    } <= payload(ROOT)
    for project in projects():
        package = "seqkit" if project == ROOT else project.name.replace("-", "_")
        assert payload(project)
        assert all(name.startswith(f"{package}/") for name in payload(project))


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    names = {name.as_posix() for name in files_of(ROOT)}
    assert "pyproject.toml" in names
    assert not [name for name in names if name.startswith((".venv/", "build/", "runs/")) or "__pycache__" in name]


@pytest.mark.slow
@pytest.mark.parametrize("project", projects(), ids=lambda project: project.name if project != ROOT else "seqkit")
def test_wheel_and_sdist_are_whole_and_say_the_same(project: Path, tmp_path: Path) -> None:
    wheel, found = check(project, tmp_path)
    assert wheel.suffix == ".whl"
    assert found == []
