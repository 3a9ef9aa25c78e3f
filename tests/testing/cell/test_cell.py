"""The kit for cells as a whole: the built-ins pass it, alone and as a contract."""

import pytest

from seqkit import plugins
from seqkit.testing import check_cell
from seqkit.testing.cell import CELL_CHECKS
from tests.cases import CELL_OPTIONS

IDS = [
    "shape-dtype",
    "step-equals-run",
    "plans-agree",
    "chunked-carry",
    "padding-invariance",
    "causality",
    "batch-independence",
    "length-one",
    "length-zero",
    "state-reorder",
    "gradcheck-float64",
    "all-params-get-grad",
    "init-deterministic",
    "reset-complete",
    "save-load-equal",
    "buffers-rebuilt",
    "state-dict-keys-stable",
    "config-roundtrip",
    "unknown-option-rejected",
    "bf16-finite",
    "spawn-safe",
    "no-inplace-on-input",
    "import-is-quiet",
    "docstring-has-source",
    "capabilities-honest",
]


def test_the_ids_are_those_that_were_promised() -> None:
    assert [check.id for check in CELL_CHECKS] == IDS


@pytest.mark.parametrize(("name", "options"), CELL_OPTIONS)
def test_every_built_in_passes_with_every_option(name: str, options: dict) -> None:
    report = check_cell(plugins.get("cells", name), options=options)
    report.raise_for_failures()
    assert report.summary == "ran 24, skipped 1 (buffers-rebuilt: it has no buffers), failed 0"
