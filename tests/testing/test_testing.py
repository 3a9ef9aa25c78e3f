"""The kit's public names, its lightness, and the page that tells of every check."""

import re
from pathlib import Path

import pytest

import seqkit.testing
from seqkit.testing.cell import CELL_CHECKS
from seqkit.testing.head import HEAD_CHECKS
from seqkit.testing.tokenizer import TOKENIZER_CHECKS
from tests.fresh import printed

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "testing.md"


@pytest.mark.parametrize("checks", [CELL_CHECKS, TOKENIZER_CHECKS, HEAD_CHECKS], ids=lambda checks: checks.noun)
def test_the_page_tells_what_every_check_proves(checks) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for check in checks:
        mark = " (optional)" if check.optional else ""
        assert check.proves.endswith(".")
        assert f"| `{check.id}`{mark} | {check.proves} |" in page


@pytest.mark.parametrize("checks", [CELL_CHECKS, TOKENIZER_CHECKS, HEAD_CHECKS], ids=lambda checks: checks.noun)
def test_every_check_is_shown_to_fail_alone(checks) -> None:
    """`fails_only` runs the whole kit on a wrong class and asserts that exactly one check finds it."""
    tests = [file.read_text(encoding="utf-8") for file in (HERE / checks.noun).glob("test_*.py")]
    shown = set(re.findall(r'fails_only\(\s*"([a-z0-9-]+)"', "".join(tests)))
    assert shown == {check.id for check in checks}


def test_the_ids_are_those_that_were_promised() -> None:
    assert [check.id for check in TOKENIZER_CHECKS] == [
        "ids-dense",
        "roundtrip-where-promised",
        "offsets-in-original-text",
        "batch-equals-single",
        "padding-sides",
        "truncation",
        "special-tokens",
        "unknown-token",
        "empty-text",
        "unicode-survives",
        "word-ids",
        "deterministic",
        "save-load-equal",
        "auto-tokenizer-loads",
        "spawn-safe",
        "import-is-quiet",
        "docstring-has-example",
    ]
    assert [check.id for check in HEAD_CHECKS] == [
        "forward-shapes",
        "loss-finite-and-differentiable",
        "padding-invariance",
        "batch-independence",
        "ignore-index",
        "wrong-label-rejected",
        "inputs-embeds",
        "return-dict",
        "bidirectional",
        "every-cell",
        "bf16-finite",
        "begins-from-backbone",
        "save-load-equal",
        "auto-class-loads",
        "config-roundtrip",
        "trainer-step",
        "spawn-safe",
        "import-is-quiet",
        "docstring-has-example",
    ]


@pytest.mark.parametrize("name", seqkit.testing.__all__)
def test_public_names(name: str) -> None:
    assert getattr(seqkit.testing, name).__name__ == name


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'check_sell'"):
        seqkit.testing.check_sell  # noqa: B018


def test_importing_it_imports_neither_torch_nor_pytest(tmp_path: Path) -> None:
    code = "import sys, seqkit.testing; print(*({'torch', 'pytest', 'transformers'} & sys.modules.keys()))"
    assert printed(code, tmp_path) == [""]
