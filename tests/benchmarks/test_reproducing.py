"""docs/reproducing.md says where every figure and picture comes from: nothing is left out, and its commands run."""

import os
import re
import shlex
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reproducing.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """Return what stands under a heading."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without its head."""
    lines = [line for line in section(heading).splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def code(cell: str) -> list[str]:
    """Return what a cell shows as code."""
    return re.findall(r"`([^`]+)`", cell)


def tracked(*patterns: str) -> list[str]:
    """Return the files that git knows, by their names."""
    done = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


COMMANDS = {code(row[1])[0]: code(row[2]) for row in rows("Figures")}
WITH_DATA = [
    command for command in COMMANDS if "SEQKIT_DATA" in command or Path(command).stem in ("recipes", "tagger", "jamo")
]


def test_every_file_of_results_is_written_by_a_named_command() -> None:
    written = [f"benchmarks/results/{name}" for names in COMMANDS.values() for name in names]
    written += [name for name in code(section("Cards")) if "results" in name]
    assert [name for name in tracked("benchmarks/results") if not any(fnmatch(name, each) for each in written)] == []


def test_what_is_said_to_be_written_is_there_or_not_measured_yet() -> None:
    for shown, command, *_ in rows("Figures"):
        for name in COMMANDS[code(command)[0]]:
            assert (ROOT / "benchmarks" / "results" / name).is_file() != shown.startswith("not measured yet"), name


def test_every_script_is_a_command_or_what_the_scripts_share() -> None:
    scripts = {Path(name).name for name in tracked("benchmarks/*.py", "benchmarks/*.c")}
    run = {Path(word).name for command in COMMANDS for word in command.split() if word.startswith("benchmarks/")}
    shared = set(code(section("Figures").split("What the scripts share is in")[1]))
    assert run | {name for name in shared if name.endswith((".py", ".c"))} == scripts
    assert not run & shared


def test_every_picture_is_drawn_by_a_script() -> None:
    drawn = {picture: code(script) for pictures, script in rows("Pictures") for picture in code(pictures)}
    assert [
        name for name in tracked("*.png", "*.svg", "*.jpg", "*.gif") if not any(fnmatch(name, each) for each in drawn)
    ] == []
    for picture, (script,) in drawn.items():
        assert (ROOT / script).is_file()
        assert [*ROOT.glob(picture)], f"{picture} is not there"


@pytest.mark.slow
@pytest.mark.skipif("SEQKIT_DATA" not in os.environ, reason="needs the data sets: set SEQKIT_DATA to their folder")
@pytest.mark.parametrize("command", WITH_DATA)
def test_a_command_with_data_runs(command: str, tmp_path: Path) -> None:
    words = [os.path.expandvars(word) for word in shlex.split(command)][1:]
    quick = [sys.executable, *words, "--quick", "--rounds", "1", "--output", str(tmp_path)]
    done = subprocess.run(quick, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} >= {*COMMANDS[command]} - {"race.png"}
