"""The figures in the README of seqkit-jamo are those that benchmarks/jamo.py wrote."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def test_the_readme_shows_all_that_was_measured() -> None:
    readme = (ROOT / "plugins" / "seqkit-jamo" / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("## Figures")[2].splitlines()
    measured = (RESULTS / "jamo.md").read_text(encoding="utf-8").splitlines()
    assert len([line for line in measured if line.startswith("|")]) > 15
    assert set(measured) <= set(shown)


def test_the_figures_are_of_a_whole_run_and_bear_out_what_is_said() -> None:
    result = json.loads((RESULTS / "jamo.json").read_text(encoding="utf-8"))
    assert not result["quick"]
    assert result["rounds"] >= 3
    rows = {(row["trained on"], row["tokenizer"]): row for row in result["coverage"]}
    assert len(rows) == 8
    for trained, _ in rows:
        char, jamo = rows[trained, "char"], rows[trained, "jamo"]
        assert jamo["unknown syllables"] == 0 < char["unknown syllables"]
        assert jamo["vocabulary"] < char["vocabulary"]
    assert result["speed"]["encode"]["char times faster"] < 3
