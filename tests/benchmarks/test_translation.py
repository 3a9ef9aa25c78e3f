"""How translation is judged: what a table says follows from the runs, and stands in the README."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
sys.path.insert(0, str(ROOT / "benchmarks"))
import translation  # noqa: E402

RUN = {
    "perplexity": 5.0,
    "BLEU": 30.0,
    "BLEU, 5 beams": 32.0,
    "chrF, 5 beams": 50.0,
    "processor minutes": 9.0,
    "parameters": 7,
}


def test_mean_and_range_of_several_seeds() -> None:
    found = translation.summary([RUN, {**RUN, "BLEU": 33.0}], "without attention")
    assert found["BLEU"] == [31.5, 30.0, 33.0]
    assert (found["seeds"], found["published"]) == (2, "LSTM: ppl 43.8, BLEU 13.8")


def test_pairs_stand_side_by_side(tmp_path: Path) -> None:
    for side, text in (("de", "ein hund .\neine katze .\n"), ("en", "a dog .\na cat .\n")):
        (tmp_path / f"val.lc.norm.tok.{side}").write_text(text, encoding="utf-8")
    assert translation.pairs(tmp_path, "validation", None)[1] == {"source": "eine katze .", "target": "a cat ."}
    assert len(translation.pairs(tmp_path, "validation", 1)) == 1


def test_the_table_is_that_of_the_results_and_stands_in_the_readme() -> None:
    results = json.loads((RESULTS / "translation.json").read_text(encoding="utf-8"))
    assert not any(row["quick"] for row in results.values())
    table = (RESULTS / "translation.md").read_text(encoding="utf-8")
    assert table == translation.table(results)
    assert table in (ROOT / "README.md").read_text(encoding="utf-8")


def test_attention_reaches_the_goal() -> None:
    row = json.loads((RESULTS / "translation.json").read_text(encoding="utf-8"))["additive attention"]
    assert row["perplexity"][0] <= 25.6
    assert row["BLEU"][0] >= 32


def test_attention_is_what_reaches_it() -> None:
    rows = json.loads((RESULTS / "translation.json").read_text(encoding="utf-8"))
    plain, attentive = rows["without attention"], rows["additive attention"]
    assert plain["BLEU"][0] < attentive["BLEU"][0]
    assert plain["perplexity"][0] > attentive["perplexity"][0]
