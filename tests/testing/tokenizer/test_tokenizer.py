"""The kit for tokenizers as a whole: the built-ins pass it with every way to cut and every setting."""

import pytest

from seqkit import CharTokenizer, plugins
from seqkit.testing import TokenizerContract, check_tokenizer
from seqkit.testing.tokenizer import TOKENIZER_CHECKS

NAMES = [row.name for row in plugins.list_plugins("tokenizers") if row.distribution == "seqkit"]
CASES = [
    (name, options)
    for name in NAMES
    for options in (
        {},
        *({"split": split} for split in plugins.get("tokenizers", name).splits),
        {"nfc": True},
        {"lowercase": True},
        {"add_bos": True, "add_eos": True},
    )
]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_built_in_passes_with_every_option(name: str, options: dict) -> None:
    report = check_tokenizer(plugins.get("tokenizers", name), options=options)
    report.raise_for_failures()
    assert report.ran + report.skipped == len(TOKENIZER_CHECKS) == 17
    assert report.ran >= TOKENIZER_CHECKS.floor + 2, report.summary


class TestChar(TokenizerContract):
    tokenizer = CharTokenizer
    floor = 17
