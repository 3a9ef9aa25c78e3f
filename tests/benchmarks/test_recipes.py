"""How recipes are judged: what a table says follows from the runs, and every recipe has its set."""

import json
import sys
from pathlib import Path

import pytest

from seqkit import recipes

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
sys.path.insert(0, str(ROOT / "benchmarks"))
import recipes as measured  # noqa: E402
import sets  # noqa: E402

RUN = {"accuracy": 0.9, "f1": 0.5, "minutes": 2.0, "processor_minutes": 1.0, "parameters": 1000}


def test_mean_and_range_are_those_of_the_judged_figure() -> None:
    runs = [{**RUN, "f1": f1} for f1 in (0.4, 0.5, 0.9)]
    found = measured.summary(measured.JOBS["ner-wnut17"], runs, [{"f1": 0.1}, {"f1": 0.3}])
    assert (found["mean"], found["lowest"], found["highest"], found["baseline"]) == (60.0, 40.0, 90.0, 20.0)
    assert (found["mean accuracy"], found["seeds"], found["parameters"]) == (90.0, 3, 1000)
    assert found["deviation"] == pytest.approx(21.6, abs=0.01)


def test_the_table_has_a_row_for_every_result() -> None:
    runs = {name: measured.summary(job, [{**RUN, "f1_macro": 0.1}], [RUN]) for name, job in measured.JOBS.items()}
    lines = measured.table(runs).splitlines()
    assert len(lines) == 2 + len(runs)
    assert lines[2].startswith("| `upos-en` | ud-english-ewt | accuracy | **90.0** (90.0 to 90.0) | 90.0 |")


def test_every_job_has_a_reader_and_a_recipe() -> None:
    assert {job.data for job in measured.JOBS.values()} == set(sets.READERS)
    assert {job.recipe or name for name, job in measured.JOBS.items()} <= set(recipes.names())


def test_the_table_is_that_of_the_results_and_stands_in_the_docs() -> None:
    results = json.loads((RESULTS / "recipes.json").read_text(encoding="utf-8"))
    assert not any(row["quick"] for row in results.values())
    table = (RESULTS / "recipes.md").read_text(encoding="utf-8")
    assert table == measured.table(results)
    assert table in (ROOT / "docs" / "tagging.md").read_text(encoding="utf-8")


def test_what_was_measured_reaches_its_goal_but_for_what_the_docs_own_up_to() -> None:
    results = json.loads((RESULTS / "recipes.json").read_text(encoding="utf-8"))
    missed = {name for name, row in results.items() if row["goal"] is not None and row["mean"] < row["goal"]}
    told = (ROOT / "docs" / "tagging.md").read_text(encoding="utf-8").split("## Below the goal")[1]
    assert missed == {name for name in results if f"`{name}`" in told}
