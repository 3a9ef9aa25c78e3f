"""Hostile tokenizers, in the quick form, and each attack by itself."""

import json
import random
from pathlib import Path

import pytest

from seqkit import CharTokenizer
from seqkit.errors import TokenizerError
from tests.faults import battery
from tests.faults.lines.tokenizers import ATTACKS


def test_hostile_tokenizers_are_refused_or_harmless() -> None:
    counts = battery.run("tokenizers", 120)
    assert counts["failures"] == []
    assert counts["refused"] > 60


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused(attack: str, tmp_path: Path) -> None:
    CharTokenizer.train("the cat").save_pretrained(tmp_path)
    path = tmp_path / "tokenizer.json"
    made = json.loads(path.read_text())
    ATTACKS[attack](made, random.Random(0))
    path.write_text(json.dumps(made))
    with pytest.raises(TokenizerError, match=r"tokenizer\.json|every text"):
        CharTokenizer.from_pretrained(tmp_path)
