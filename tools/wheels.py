"""Builds the wheel and the sdist of a project of this repository, and looks for what should not be in them.

python tools/wheels.py FOLDER    # builds core and every plugin into FOLDER, and prints what is wrong
"""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def projects() -> list[Path]:
    """Return the folders of core and of every plugin, core first."""
    return [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


def settings(project: Path) -> dict:
    """Return a project's pyproject.toml."""
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))


def lowest(requirement: str) -> str:
    """Return a requirement that allows its lower bound only.

    Example:
        >>> lowest("gradio>=6.31,<7; python_version > '3'")
        'gradio==6.31; python_version > "3"'
    """
    read = Requirement(requirement)
    bounds = [each.version for each in read.specifier if each.operator in (">=", "==", "~=")]
    if not bounds:
        sys.exit(
            f"'{requirement}' has no lower bound: write the oldest version that is tested, as in '{read.name}>=1.2'"
        )
    marker = f"; {read.marker}" if read.marker else ""
    return f"{read.name}=={bounds[0]}{marker}"


def files_of(project: Path) -> list[Path]:
    """Return the files that git knows or would add, so that nothing left over from an earlier build is taken."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout.split("\0")
    return [Path(name) for name in listed if name and (project / name).is_file()]


def payload(project: Path) -> set[str]:
    """Return the names that a project's wheel must hold beside its metadata: every file of its package."""
    package = settings(project)["project"]["name"].replace("-", "_")
    names = (name.as_posix().removeprefix("src/") for name in files_of(project))
    return {name for name in names if name.startswith(f"{package}/")}


def build(project: Path, folder: Path, python: str = sys.executable) -> tuple[Path, Path]:
    """Build a copy of a project's files with the setuptools of a Python; return its wheel and its sdist."""
    with tempfile.TemporaryDirectory() as copy:
        for name in files_of(project):
            target = Path(copy, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project / name, target)
        return hook("build_wheel", Path(copy), folder, python), hook("build_sdist", Path(copy), folder, python)


def hook(name: str, source: Path, folder: Path, python: str = sys.executable) -> Path:
    """Call one of the two functions that a build backend has (PEP 517); return the file that it wrote."""
    code = f"import sys; from setuptools import build_meta; print(build_meta.{name}(sys.argv[1]), file=sys.stderr)"
    done = subprocess.run([python, "-c", code, str(folder)], cwd=source, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name} of {source} failed:\n{done.stdout}{done.stderr}")
    return folder / done.stderr.splitlines()[-1]


def contents(wheel: Path) -> dict[str, bytes]:
    """Return a wheel's files by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def from_sdist(sdist: Path, python: str = sys.executable) -> dict[str, bytes]:
    """Return the contents of the wheel that an sdist builds, unpacked somewhere else."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        (source,) = Path(folder).iterdir()
        return contents(hook("build_wheel", source, Path(folder), python))


def faults(files: dict[str, bytes], expected: set[str], private: Iterable[str] = ()) -> list[str]:
    """Return what is wrong with a wheel.

    Args:
        files: its files by name.
        expected: the names that it must hold beside its metadata, and no others.
        private: paths of this machine, which no file may tell.
    """
    held = {name for name in files if ".dist-info/" not in name}
    found = [f"{name} is missing" for name in sorted(expected - held)]
    found += [f"{name} should not be there" for name in sorted(held - expected)]
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in files):
        found.append("the licence is missing")
    for package in sorted({name.split("/")[0] for name in held if name.endswith(".py")}):
        if f"{package}/py.typed" not in files:
            found.append(f"{package}/py.typed is missing: nobody's type checker will read the types")
    return found + [f"{name} tells {path}" for name in files for path in private if path.encode() in files[name]]


def check(project: Path, folder: Path, python: str = sys.executable) -> tuple[Path, list[str]]:
    """Build a project's wheel and sdist into a folder; return the wheel, and what is wrong with both."""
    wheel, sdist = build(project, folder, python)
    files = contents(wheel)
    found = faults(files, payload(project), private=[f"{ROOT}/", f"{tempfile.gettempdir()}/tmp"])
    again = from_sdist(sdist, python)
    different = sorted(name for name in files.keys() | again.keys() if files.get(name) != again.get(name))
    return wheel, [f"{wheel.name}: {each}" for each in found] + [
        f"{sdist.name} builds a wheel with another {name}" for name in different
    ]


def main() -> None:
    """Build all, print what is wrong, and fail if anything is."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    found = [fault for project in projects() for fault in check(project, folder)[1]]
    print("\n".join(found) or f"{len(projects())} wheels and sdists in {folder}, nothing wrong with them")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
