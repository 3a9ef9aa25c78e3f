"""The kit's count over all built-in cells, tokenizers, and heads with every cell in every direction."""

import itertools
import re
from pathlib import Path

import pytest

from seqkit.testing import Report, Result
from seqkit.testing.cell import CELL_CHECKS
from seqkit.testing.head import HEAD_CHECKS
from seqkit.testing.sweep import sweep, total
from seqkit.testing.tokenizer import TOKENIZER_CHECKS
from tests import fresh

PAGE = (fresh.ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
CELLS, DIRECTIONS = ("gru", "lstm", "rnn"), (False, True)
HEADS = (
    "RNNForCausalLM",
    "RNNForConditionalGeneration",
    "RNNForSequenceClassification",
    "RNNForTokenClassification",
)


def test_every_built_in_passes_with_every_other() -> None:
    reports = {report.name: report for report in sweep(built_in=True)}
    print(total(reports.values()))
    for report in reports.values():
        report.raise_for_failures()
    assert {"GRU", "LSTM", "RNN", "CharTokenizer", "WordTokenizer", "WordCharTokenizer"} < reports.keys()
    for head, cell, both in itertools.product(HEADS, CELLS, DIRECTIONS):
        causal = head == "RNNForCausalLM"
        name = f"{head}(cell={cell!r})" if causal and both else f"{head}(cell={cell!r}, bidirectional={both})"
        # A causal model reads in one direction; an encoder-decoder has no backbone that stands alone.
        fewer = head in ("RNNForCausalLM", "RNNForConditionalGeneration")
        assert reports[name].ran == (0 if causal and both else len(HEAD_CHECKS) - fewer), str(reports[name])
    assert len(reports) == 3 + 3 + 4 * 3 * 2
    # Words alone do not promise to give a text back.
    ran = 3 * (len(CELL_CHECKS) - 1) + 3 * len(TOKENIZER_CHECKS) - 1 + 9 * 18 + 12 * 19
    assert total(reports.values()) == f"ran {ran}, skipped 16, failed 0 in 30 reports"
    assert f"`{total(reports.values())}`" in PAGE


@pytest.mark.slow
def test_the_page_tells_the_count_of_the_command_it_shows(tmp_path: Path) -> None:
    (which,) = re.findall(r"SEQKIT_PLUGINS=(\S+) python -m seqkit\.testing", PAGE)
    code = "import runpy; runpy.run_module('seqkit.testing', run_name='__main__')"
    lines = fresh.printed(code, tmp_path, SEQKIT_PLUGINS=which)
    assert f"ends with `{lines[-1]}`" in PAGE


def test_the_sum_counts_all() -> None:
    one = Report("a", (Result("x", "passed"), Result("y", "skipped", "none")))
    other = Report("b", (Result("x", "failed", "wrong"),))
    assert total([one, other]) == "ran 2, skipped 1, failed 1 in 2 reports"
