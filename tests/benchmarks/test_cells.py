"""The figures in the plugins' READMEs are those that benchmarks/cells.py and benchmarks/crf.py wrote."""

import json
from pathlib import Path

import pytest

from seqkit import plugins

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("seqkit-mingru", "seqkit-lnlstm", "seqkit-slstm")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_readme_shows_the_measured_rows_of_its_own_cells(package: str) -> None:
    readme = (ROOT / "plugins" / package / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("## Figures")[2].splitlines()
    rows = [line for line in shown if line.startswith("|")]
    measured = (RESULTS / "cells.md").read_text(encoding="utf-8").splitlines()
    assert set(rows) <= set(measured)
    assert measured[-1] in shown
    own = {plugin.name for plugin in plugins.list_plugins("cells") if plugin.distribution == package}
    assert own
    assert own <= {row.split("|")[1].strip() for row in rows}


def test_the_figures_are_of_a_whole_run() -> None:
    result = json.loads((RESULTS / "cells.json").read_text(encoding="utf-8"))
    assert not result["quick"]
    assert result["rounds"] >= 3
    assert all(row["lowest"] <= row["loss"] <= row["highest"] < 2.5 for row in result["cells"])


def test_the_tagging_head_shows_its_whole_run() -> None:
    readme = (ROOT / "plugins" / "seqkit-crf" / "README.md").read_text(encoding="utf-8")
    assert (RESULTS / "crf.md").read_text(encoding="utf-8").strip() in readme
    result = json.loads((RESULTS / "crf.json").read_text(encoding="utf-8"))
    assert not result["quick"]
    assert {head: len(runs) for head, runs in result["runs"].items()} == {"token-classification": 3, "crf": 3}
