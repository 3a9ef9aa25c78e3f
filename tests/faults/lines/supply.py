"""What comes in and goes out: no network unasked, a lock by hashes, free licences, a wheel with seqkit alone."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.faults.battery import Counts, Tally
from tools import licences, lock

FULL = 4
UNIT = "checks"

ROOT = Path(__file__).parents[3]

ALONE = """
import sys

def refuse(event, args):
    place = args[1] if event == "socket.connect" else args[0] if event == "socket.getaddrinfo" else None
    host = place[0] if isinstance(place, tuple) else place
    if event in ("socket.connect", "socket.getaddrinfo") and host not in ("localhost", "127.0.0.1", "::1", None, ""):
        # Ended at once: an exception could be caught on the way.
        print("NETWORK", event, host, flush=True)
        import os
        os._exit(9)

sys.addaudithook(refuse)
import importlib, pkgutil
import seqkit
modules = [module.name for module in pkgutil.walk_packages(seqkit.__path__, "seqkit.") if "__main__" not in module.name]
for module in modules:
    importlib.import_module(module)
print("MODULES", len(modules))
from seqkit.cli import main
sys.argv = ["seqkit", *sys.argv[1:]]
main()
"""


def run(count: int, seed: int = 0) -> Counts:
    """Make the first so many checks."""
    tally, numbers = Tally(), {}
    for check in CHECKS[:count]:
        cases, wrong = check()
        numbers[check.__name__] = cases
        for each in wrong:
            tally.wrong(f"{check.__name__}: {each}")
        if not wrong:
            tally.right("passed")
    return {**tally.counts(), **numbers}


def modules_without_network() -> tuple[int, list[str]]:
    """Import every module, train and save, in a process that may speak to this machine alone, and is told of no hub."""
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "text.txt").write_text("a good day, a bad day\n" * 60)
        sizes = ["--hidden-size", "8", "--max-steps", "3", "--sequence-length", "8", "--use-cpu"]
        train = [
            "train",
            "--task",
            "causal-lm",
            "--data",
            str(folder / "text.txt"),
            "--output",
            str(folder / "run"),
            *sizes,
        ]
        done = subprocess.run(
            [sys.executable, "-c", ALONE, *train], env={**environment, "HF_HOME": name}, capture_output=True, text=True
        )
        found = re.search(r"MODULES (\d+)", done.stdout)
        if done.returncode or found is None or not (folder / "run" / "model.safetensors").is_file():
            return 0, [(done.stdout + done.stderr)[-600:]]
        return int(found[1]), []


def files_locked() -> tuple[int, list[str]]:
    """Read the lock: what constraints.txt pins, each by a hash, and no address."""
    text, found = lock.LOCK.read_text(encoding="utf-8"), lock.read()
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    versions = dict(line.lower().replace("_", "-").split("==") for line in pinned if line and not line.startswith("#"))
    versions["setuptools"] = found.get("setuptools", ("",))[0]  # what builds is not pinned there
    wrong = [f"{name} {version} is {versions.get(name)} in constraints.txt" for name, (version, _) in found.items()
             if version.partition("+")[0] != versions.get(name)]  # fmt: skip
    wrong += [
        f"{name} has no sha256" for name, (_, hashed) in found.items() if not re.fullmatch("[0-9a-f]{64}", hashed)
    ]
    wrong += [f"{word} stands in it" for word in ("://", "index", "file:", " @ ") if word in text]
    return len(found), wrong


def licences_known() -> tuple[int, list[str]]:
    """Look at the licence of everything installed."""
    found = licences.licences()
    return len(found), [f"{name}: {text or 'none told'}" for name, text in found.items() if not licences.is_free(text)]


def wheel_files() -> tuple[int, list[str]]:
    """Build the wheel, and look at what is in it."""
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "tree"
        tree.mkdir()
        for part in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy2(ROOT / part, tree)
        for part in ("seqkit", "tests/faults"):  # what must stay out lies there to be left out
            shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        build = "import sys, setuptools.build_meta as b; print(b.build_wheel(sys.argv[1]))"
        subprocess.run([sys.executable, "-c", build, name], cwd=tree, check=True, capture_output=True)
        (wheel,) = Path(name).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            contents = {member: archive.read(member) for member in archive.namelist()}
        return len(contents), list(misplaced(contents, {name, str(ROOT), os.path.expanduser("~")}))


def misplaced(contents: dict[str, bytes], places: set[str]) -> Iterator[str]:
    """Say what does not belong into a wheel: other folders, data of tests, and paths of this machine."""
    for member, data in contents.items():
        top = member.partition("/")[0]
        if top != "seqkit" and not re.fullmatch(r"seqkit-[\w.]+\.dist-info", top):
            yield f"{member} is not seqkit's"
        if not member.endswith((".py", ".typed", ".cpp", ".json", ".tmpl")) and top == "seqkit":
            yield f"{member} is of no kind that seqkit ships"
        for place in places:
            if len(place) > 3 and re.search(re.escape(place.encode()) + rb"[/\"'\n]", data):
                yield f"{member} names {place}"


CHECKS = (modules_without_network, files_locked, licences_known, wheel_files)
