"""The figures in docs/vocabulary.md are those that benchmarks/softmax.py wrote."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_shows_the_measured_rows() -> None:
    result = json.loads((ROOT / "benchmarks" / "results" / "softmax.json").read_text(encoding="utf-8"))
    assert not result["quick"]
    page = (ROOT / "docs" / "vocabulary.md").read_text(encoding="utf-8").partition("## Figures")[2]
    shown = [line for line in page.splitlines() if line.startswith("| ")][1:]
    measured = [
        f"| {row['vocabulary']:,} | {way} | {told['tokens_per_second']:,} | {told['time_over_plain']:.2f} "
        f"| {told['peak_megabytes']:,} |"
        for row in result["vocabularies"]
        for way, told in row.items()
        if way != "vocabulary"
    ]
    assert shown == measured
    for row in result["vocabularies"]:
        assert row["fused"]["first_loss"] == row["plain"]["first_loss"]
        assert row["fused"]["peak_megabytes"] < row["plain"]["peak_megabytes"] / 2
