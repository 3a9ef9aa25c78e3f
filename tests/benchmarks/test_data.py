"""The figures in docs/data.md are those that benchmarks/data.py wrote, and within what is promised."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_shows_the_measured_figures() -> None:
    result = json.loads((ROOT / "benchmarks" / "results" / "data.json").read_text(encoding="utf-8"))
    assert not result["quick"]
    page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8").partition("## Figures")[2]
    for name, row in result["megabytes_per_second"].items():
        assert f"| {name} | {row['encode_text']} | {row['file_to_file']} | {row['tokenizer']} |" in page
        assert row["encode_text"] >= 50
    for told in result["training"].values():
        assert f"{told['waiting']:.1%}" in page
        assert told["waiting"] <= result["waiting_allowed"]
