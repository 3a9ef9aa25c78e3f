"""The figures in the zoo's cards are those of the very files: measured again, they come out."""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import installed  # noqa: E402
import zoo  # noqa: E402

from seqkit.hub.told import known_sets  # noqa: E402

INSTALLED = {"digits", "cldr-names", "python-library"}
"""Sets that are there without SEQKIT_DATA."""


def test_every_model_has_a_set_that_may_be_used_so_and_its_folder() -> None:
    assert set(zoo.MODELS) == {path.name for path in zoo.ZOO.iterdir()}
    for name, model in zoo.MODELS.items():
        assert known_sets()[model.data]["licence"]
        assert model.recipe == "" or model.data in zoo.READERS
        told = json.loads((zoo.ZOO / name / "metrics.json").read_text(encoding="utf-8"))
        assert told["job"] == (model.job or name)
        assert told["stored"].startswith("float16")


def test_what_is_learnt_and_what_is_judged_share_nothing() -> None:
    for read in (installed.python_library, installed.transliterations):
        parts = read(None, 0)
        learnt, judged = ({json.dumps(row) for row in parts[part]} for part in ("train", "test"))
        assert not learnt & judged
        assert 0.08 < len(judged) / (len(learnt) + len(judged)) < 0.12


def test_a_text_is_cut_once(tmp_path: Path) -> None:
    (tmp_path / "input.txt").write_text("0123456789")
    assert installed.shakespeare(tmp_path, 0) == {"train": [{"text": "012345678"}], "test": [{"text": "9"}]}


@pytest.mark.slow
@pytest.mark.parametrize("name", zoo.MODELS)
def test_the_figures_come_out_again(name: str) -> None:
    model = zoo.MODELS[name]
    data = os.environ.get("SEQKIT_DATA")
    if data is None and model.data not in INSTALLED:
        pytest.skip("SEQKIT_DATA names no folder with the published sets")
    told = json.loads((zoo.ZOO / name / "metrics.json").read_text(encoding="utf-8"))
    here = platform.python_version() if model.made_of == "python" else model.made_of and version(model.made_of)
    if model.made_of and told["versions"][model.made_of] != here:
        pytest.skip(f"the data is that of {model.made_of} {told['versions'][model.made_of]}, and here is {here}")
    found = zoo.measure(name, zoo.ZOO / name, Path(data or ".")).figures
    times = ("runtime",)
    assert {key: value for key, value in found.items() if key not in times} == pytest.approx(
        {key: value for key, value in told["metrics"].items() if key not in times}, rel=2e-4
    )


@pytest.mark.slow
def test_a_model_is_trained_packed_and_measured_in_one_command(tmp_path: Path, monkeypatch) -> None:
    given = ["zoo.py", "--only", "digit-to-words", "--data", str(tmp_path), "--folder", str(tmp_path), "--quick"]
    monkeypatch.setattr(sys, "argv", given)
    zoo.main()
    assert json.loads((tmp_path / "digit-to-words" / "metrics.json").read_text())["metrics"]["exact_match"] < 0.5
