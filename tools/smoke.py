"""Builds everything as it would be published, installs it into an empty environment, and uses it there.

python tools/smoke.py [--newest] [--suite] [--keep FOLDER]    # some minutes; pip fetches torch

Every dependency is pinned to the lower bound that pyproject.toml claims: what the oldest allowed version lacks shows
here. Three stages, since each must do without the next: core alone, with the plugins, with the extras.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))

import wheels  # noqa: E402

EXTRAS = ("plots", "metrics", "onnx", "triton", "tracking", "demo")
"""Extras that a user of the library may want; the others are for those who work on it."""

DEVELOPERS = ("docs", "test", "check", "fuzz")

CLEAN = {
    name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SEQKIT", "HF_", "VIRTUAL"))
}
OFFLINE = {**CLEAN, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "PYTHONWARNINGS": "ignore"}


def run(*command: str | Path, cwd: Path, environment: dict[str, str] = CLEAN) -> None:
    """Run a command; end with what it printed if it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stdout[-6000:]}")
    if environment is OFFLINE:
        print(done.stdout.rstrip().splitlines()[-1], flush=True)


def wanted(project: Path, extras: tuple[str, ...], newest: bool = False) -> list[str]:
    """Return what pip must install for a project, without projects of this repository.

    Args:
        project: its folder.
        extras: its extras that are wanted too; one that it lacks is none.
        newest: ranges as they are, in place of their lower bounds.
    """
    table = wheels.settings(project)["project"]
    optional = table.get("optional-dependencies", {})
    listed = [*table.get("dependencies", []), *(each for extra in extras for each in optional.get(extra, []))]
    foreign = [each for each in listed if not each.startswith("seqkit")]
    return foreign if newest else [wheels.lowest(each) for each in foreign]


def environment(folder: Path) -> Path:
    """Make an empty environment, and return its Python."""
    venv.create(folder, with_pip=True)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def build_all(folder: Path) -> list[Path]:
    """Build core and plugins with the oldest setuptools that they claim; return the wheels, core's first."""
    python, found, faults = environment(folder / "build"), [], []
    required = {
        wheels.lowest(each)
        for project in wheels.projects()
        for each in wheels.settings(project)["build-system"]["requires"]
    }
    run(python, "-m", "pip", "install", "--quiet", *sorted(required), cwd=folder)
    (folder / "dist").mkdir()
    for project in wheels.projects():
        wheel, wrong = wheels.check(project, folder / "dist", str(python))
        found.append(wheel)
        faults += wrong
    if faults:
        sys.exit("\n".join(faults))
    print(f"{len(found)} wheels and sdists built, nothing wrong with them", flush=True)
    return found


def stage(python: Path, folder: Path, packages: list[str | Path], *, extras: bool = False) -> None:
    """Install packages beside what is there, and let a newcomer use all of it in a folder of its own."""
    run(python, "-m", "pip", "install", "--quiet", *packages, cwd=folder)
    run(python, "-m", "pip", "check", cwd=folder)
    with tempfile.TemporaryDirectory() as home:
        run(python, TOOLS / "newcomer.py", *["extras"] * extras, cwd=Path(home), environment=OFFLINE)


def smoke(folder: Path, newest: bool, suite: bool) -> None:
    """Do all of it in a folder."""
    core, *plugins = build_all(folder)
    python = environment(folder / "env")
    # torch first, by itself: a range beside others could bring another build in.
    base = wanted(wheels.ROOT, (), newest)
    run(python, "-m", "pip", "install", "--quiet", base[0], cwd=folder)
    stage(python, folder, [core, *base])
    if plugins:
        theirs = [each for project in wheels.projects()[1:] for each in wanted(project, (), newest)]
        stage(python, folder, [*plugins, *theirs, *base])
    users = wanted(wheels.ROOT, EXTRAS, newest)
    stage(python, folder, users, extras=True)
    if suite:
        run(python, "-m", "pip", "install", "--quiet", *users, *wanted(wheels.ROOT, DEVELOPERS, newest), cwd=folder)
        run(python, "-m", "pytest", "-m", "not slow", "-n", "2", cwd=wheels.ROOT, environment=OFFLINE)


def main() -> None:
    """Read the command line, and work in a folder that is removed unless it is to be kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--newest", action="store_true", help="the newest allowed versions, in place of the oldest")
    parser.add_argument("--suite", action="store_true", help="also run the quick tests in that environment")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this new folder and leave it")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True)
        smoke(options.keep.resolve(), options.newest, options.suite)
    else:
        with tempfile.TemporaryDirectory() as folder:
            smoke(Path(folder).resolve(), options.newest, options.suite)


if __name__ == "__main__":
    main()
