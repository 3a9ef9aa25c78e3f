"""The models that come with the package: each is found, is whole, is small, and does what its card says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import seqkit
from seqkit.plugins import list_plugins
from seqkit.testing import CheckpointContract, check_checkpoint

NAMES = [row.name for row in list_plugins("checkpoints") if row.distribution == "seqkit-zoo"]
GIVEN_AWAY = {"cc-by-sa-4.0", "cc-by-4.0", "cc0-1.0", "mit", "other"}
LICENCES = Path(__file__).parents[1] / "LICENSES"


class TestTheEnglishTagger(CheckpointContract):
    """One of them, check by check."""

    checkpoint = "upos-en"


def told(name: str, file: str) -> Any:
    return json.loads((Path(seqkit.checkpoint(name)) / f"{file}.json").read_text(encoding="utf-8"))


def run(*arguments: str) -> str:
    """Type a command, and return what it prints."""
    command = [sys.executable, "-m", "seqkit", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def test_the_models_are_there() -> None:
    assert NAMES == [
        "digit-to-words",
        "languages",
        "python-char",
        "sentiment-ko",
        "shakespeare-char",
        "transliterate-en-ko",
        "upos-en",
        "upos-ko",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_the_contract(name: str) -> None:
    check_checkpoint(name).raise_for_failures()


@pytest.mark.parametrize("name", NAMES)
def test_its_data_may_be_used_so_and_its_makers_are_named(name: str) -> None:
    card = told(name, "card")
    assert card["data"]["licence"] == card["licence"]
    assert card["licence"] in GIVEN_AWAY
    assert card["data"]["attribution"] in (Path(seqkit.checkpoint(name)) / "README.md").read_text(encoding="utf-8")


def test_the_licences_that_must_go_along_do() -> None:
    assert {path.stem for path in LICENCES.iterdir()} == {"MIT", "PSF-2.0", "Unicode-3.0"}


def test_all_of_them_together_are_below_20_mb() -> None:
    folder = Path(seqkit.checkpoint("upos-en")).parent
    assert {path.name for path in folder.iterdir()} == set(NAMES)
    assert sum(path.stat().st_size for path in folder.rglob("*")) < 20e6


def test_weights_are_computed_with_in_float32() -> None:
    from transformers import AutoModelForTokenClassification

    model = AutoModelForTokenClassification.from_pretrained(seqkit.checkpoint("upos-en"))
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_taggers_tag() -> None:
    assert run("predict", "upos-en", "She reads books .").strip() == "She/PRON reads/VERB books/NOUN ./PUNCT"
    tagged = run("predict", "upos-ko", "나는 학교에 간다 .").strip()
    assert tagged.split()[-2:] == ["간다/VERB", "./PUNCT"]


def test_classifiers_classify() -> None:
    names = run("predict", "languages", "Nakamura", "Kowalczyk", "O'Sullivan").splitlines()
    assert [line.split("\t")[0] for line in names] == ["Japanese", "Polish", "Irish"]
    reviews = run("predict", "sentiment-ko", "정말 재미있게 봤어요", "시간이 아까운 영화").splitlines()
    assert [line.split("\t")[0] for line in reviews] == ["1", "0"]


@pytest.mark.parametrize(
    ("name", "prompt", "found"), [("shakespeare-char", "ROMEO:", "\n"), ("python-char", "def ", "self")]
)
def test_language_models_write(name: str, prompt: str, found: str) -> None:
    text = run("generate", name, prompt, "--max-new-tokens", "300", "--seed", "0")
    assert text.startswith(prompt)
    assert found in text[len(prompt) :]


def test_the_speller_spells_in_hangul() -> None:
    written = run("predict", "transliterate-en-ko", "Barcelona").strip()
    assert 3 <= len(written) <= 7
    assert all("가" <= syllable <= "힣" for syllable in written)


@pytest.mark.parametrize(("flags", "names"), [((1, 0), "English"), ((0, 1), "Korean")])
def test_digits_are_read(flags: tuple[int, int], names: str, tmp_path: Path) -> None:
    digits = pytest.importorskip("sklearn.datasets", reason="the images are scikit-learn's").load_digits()
    spelt = {"English": ["zero", "one", "two"], "Korean": ["영", "하나", "둘"]}[names]
    rows = [{"input_features": [[*image, *flags]]} for image in digits.data[:3] / 16]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert run("predict", "digit-to-words", "--data", str(tmp_path / "a.jsonl")).splitlines() == spelt
