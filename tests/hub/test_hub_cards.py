"""Every published card is what its results say: re-rendered it is the same, and no figure comes from anywhere else."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import metadata_load

from seqkit.hub.check import SECTIONS
from seqkit.hub.schema import faults
from seqkit.hub.told import known_sets, read_told
from tests.test_tree import ROOT

CARDS, RESULTS = ROOT / "hub_cards", ROOT / "benchmarks" / "results"
ZOO, MODELS = ROOT / "plugins" / "seqkit-zoo", "src/seqkit_zoo/models"
NAMES = sorted(path.parent.name for path in CARDS.glob("*/config.json"))
BROUGHT = sorted(path.parent.name for path in (ZOO / MODELS).glob("*/config.json"))
PICTURES = {"gradient.png"}

NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?!\w)")


def tool() -> dict[str, Any]:
    """Return what tools/hub_cards.py defines."""
    names: dict[str, Any] = {"__name__": "tool", "__file__": str(ROOT / "tools" / "hub_cards.py")}
    exec(compile((ROOT / "tools" / "hub_cards.py").read_text(encoding="utf-8"), "hub_cards.py", "exec"), names)
    return names


def leaves(value: Any) -> Iterator[Any]:
    """Give every value in a JSON document."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        yield value
    else:
        for each in inner:
            yield from leaves(each)


def spellings(value: Any) -> set[str]:
    """Return how a card may write a value of the results."""
    if isinstance(value, bool) or value is None:
        return set()
    if isinstance(value, str):
        return set(NUMBER.findall(value))
    if isinstance(value, int):
        return {str(value), f"{value:,}"}
    return {f"{value:,.{digits}f}" for digits in range(5)} | {str(value), str(round(value, 4))}


def strange_numbers(card: str, *sources: Any) -> list[str]:
    """Return the numbers of a card that no source holds."""
    known = {text for source in sources for leaf in leaves(source) for text in spellings(leaf)}
    prose = re.sub(r"^```.*?^```", "", card, flags=re.DOTALL | re.MULTILINE)
    return [number for number in NUMBER.findall(prose) if number not in known]


def files_of(name: str) -> tuple[str, Any, Any, Any]:
    folder = CARDS / name
    read = (json.loads((folder / f"{file}.json").read_text("utf-8")) for file in ("metrics", "config", "card"))
    return (folder / "README.md").read_text(encoding="utf-8"), *read


def test_there_are_cards() -> None:
    assert NAMES


def test_all_of_them_rendered_anew_are_the_same(tmp_path: Path) -> None:
    cards, zoo = tmp_path / "hub_cards", tmp_path / "zoo"
    shutil.copytree(CARDS, cards)
    for name in NAMES:
        (cards / name / "README.md").unlink()
        (cards / name / "metrics.json").unlink()
    for name in BROUGHT:
        (zoo / MODELS / name).mkdir(parents=True)
    table = (ZOO / "README.md").read_text("utf-8")
    (zoo / "README.md").write_text(re.sub(r"^\| `.*\n", "", table, flags=re.MULTILINE), encoding="utf-8")
    assert tool()["refresh"](cards, RESULTS, zoo) == NAMES
    for name in NAMES:
        for file in ("README.md", "metrics.json"):
            assert (cards / name / file).read_bytes() == (CARDS / name / file).read_bytes(), f"{name}/{file}"
    assert (zoo / "README.md").read_text("utf-8") == table


@pytest.mark.parametrize("name", BROUGHT)
def test_a_model_of_the_zoo_has_the_same_card(name: str, tmp_path: Path) -> None:
    for path in (CARDS / name).iterdir():
        assert path.read_bytes() == (ZOO / MODELS / name / path.name).read_bytes(), path.name


@pytest.mark.parametrize("name", NAMES)
def test_figures_come_from_the_results_alone(name: str) -> None:
    card, metrics, config, told = files_of(name)
    assert strange_numbers(card, metrics, config, told) == []
    measured = json.loads((RESULTS / "models" / f"{name}.json").read_text("utf-8"))
    rows = json.loads((RESULTS / "recipes.json").read_text("utf-8"))
    row = metrics.pop("over_seeds", None)
    assert metrics == measured
    assert row == rows.get(measured["job"])


def test_a_figure_from_elsewhere_is_found() -> None:
    card, metrics, config, told = files_of("spam")
    line = re.search(r"^\| accuracy \| (0\.\d+) \|$", card, re.MULTILINE)
    assert line
    changed = card.replace(line[1], "0.9999")
    assert set(strange_numbers(changed, metrics, config, told)) == {"0.9999"}


@pytest.mark.parametrize("name", NAMES)
def test_a_card_is_whole(name: str) -> None:
    card, metrics, config, _ = files_of(name)
    told = read_told(CARDS / name)
    assert faults(metadata_load(CARDS / name / "README.md")) == []
    # Who reads vectors has no text to be tried with, and no tokens to look back through.
    vectors = bool(config["num_features"])
    for section in (*SECTIONS, "Licence", *(["Examples to try"] if not vectors else [])):
        assert re.search(rf"^## {section}", card, re.MULTILINE), section
    for text in (
        f"Seed {metrics['seed']}",
        metrics["machine"],
        metrics["date"],
        metrics["command"],
        "pip install seqkit",
    ):
        assert text in card
    assert f"cell {config['cell']} of " in card
    assert vectors or (CARDS / name / "gradient.png").exists()
    assert (CARDS / name / "confusion.png").exists() or (CARDS / name / "loss.png").exists()
    assert told.limits
    assert vectors or all(picture in card for picture in PICTURES)


@pytest.mark.parametrize("name", NAMES)
def test_only_what_may_be_given_away_is_published(name: str) -> None:
    told = read_told(CARDS / name)
    assert known_sets()[told.data.key]["licence"] == told.data.licence != ""
    assert told.data.attribution in (CARDS / name / "README.md").read_text(encoding="utf-8")
    assert not list((CARDS / name).glob("*.safetensors"))
