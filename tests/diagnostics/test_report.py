import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch

from seqkit.diagnostics import FEATURES, Inspection, find_units, inspect_model, write_report
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification
from tests.cases import model
from tests.diagnostics.test_units import CODE, planted


class Outside(HTMLParser):
    """Collects everything that a page would fetch, and checks that its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def found() -> Inspection:
    torch.manual_seed(0)
    return inspect_model(model(RNNForCausalLM, "lstm"), {"input_ids": torch.randint(11, (3, 30))})


def test_the_report_needs_no_other_file(tmp_path: Path, found: Inspection) -> None:
    made, tokenizer = planted(CODE)
    path = write_report(
        tmp_path / "a" / "report",
        found,
        find_units(made, tokenizer, CODE, {"depth": FEATURES["bracket depth"]}),
        "<model>",
    )
    page = path.read_text(encoding="utf-8")
    parser = Outside()
    parser.feed(page)
    assert parser.open == []
    assert len(parser.fetched) == 3
    assert all(source.startswith("data:image/png;base64,") for source in parser.fetched)
    assert re.findall(r"url\(|@import|https?://", page) == []
    assert "How &lt;model&gt; remembers" in page
    assert found.verdict.why[0].split(";")[0] in page
    assert "depth: layer 0, state 0, unit 5" in page
    names = {file.name for file in path.parent.iterdir()}
    assert {"gradient.png", "spectrum.png", "gates.png", "unit-0.png", "inspection.json"} <= names
    told = json.loads((path.parent / "inspection.json").read_text())
    assert told["layers"][0]["memory_tokens"] == found.layers[0].curve.memory
    assert told["units"][0]["units searched"] == "8"


def test_a_cell_without_gates_has_no_picture_of_them(tmp_path: Path) -> None:
    batch = {"input_ids": torch.randint(11, (2, 12)), "labels": torch.tensor([0, 1])}
    write_report(tmp_path, inspect_model(model(RNNForSequenceClassification, "rnn"), batch))
    assert not (tmp_path / "gates.png").exists()
    assert "none found" in (tmp_path / "report.html").read_text()
