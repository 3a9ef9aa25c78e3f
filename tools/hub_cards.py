"""Puts the card of a published model into hub_cards/, its figures into benchmarks/results/models/, and renders all.

A model of plugins/seqkit-zoo, which brings its weights, gets the same card there, and its row in the README.

python tools/hub_cards.py                                             # renders every card anew
python tools/hub_cards.py FOLDER NAME --set KEY --job JOB [--example TEXT] [--limit TEXT] [--about TEXT]

FOLDER is a model that `benchmarks/recipes.py --keep` has left, JOB the row of recipes.json that it is one seed of.
A card's figures are those of benchmarks/results/ alone: of models/NAME.json, which is the model's own metrics.json, and
of the row in recipes.json where there is one. `benchmarks/zoo.py` calls this for the models of the zoo.
"""

import argparse
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

from seqkit.checkpoints import FIGURES
from seqkit.hub.card import render_into
from seqkit.hub.source import PICTURES, Source, read_source
from seqkit.hub.told import read_told, told_with, with_set, write_told

ROOT = Path(__file__).resolve().parent.parent
CARDS, RESULTS = ROOT / "hub_cards", ROOT / "benchmarks" / "results"
BRING = "seqkit-zoo"
ZOO = ROOT / "plugins" / BRING
MODELS = Path("src") / "seqkit_zoo" / "models"
HEAD = "| model | what it does | data, licence | on its test part | parameters |\n|---|---|---|---|---:|\n"
COMMAND = "SEQKIT_DATA=FOLDER python benchmarks/recipes.py --only {job} --rounds {rounds} --keep models"


def metrics_of(name: str, results: Path) -> dict[str, Any]:
    """Return what a card's metrics.json holds: the model's own figures, and the row of all seeds where there is one."""
    figures = json.loads((results / "models" / f"{name}.json").read_text(encoding="utf-8"))
    rows = json.loads((results / "recipes.json").read_text(encoding="utf-8"))
    row = rows.get(figures["job"])
    return {**figures, "over_seeds": row} if row else figures


def refresh(cards: Path = CARDS, results: Path = RESULTS, zoo: Path = ZOO) -> list[str]:
    """Render every card from the results, give the zoo's models theirs, and return the names."""
    names = sorted(folder.name for folder in cards.iterdir() if (folder / "config.json").is_file())
    for name in names:
        text = json.dumps(metrics_of(name, results), indent=2, ensure_ascii=False) + "\n"
        (cards / name / "metrics.json").write_text(text, encoding="utf-8")
        render_into(cards / name)
    brought = [name for name in names if (zoo / MODELS / name).is_dir()]
    for name in brought:
        shutil.copytree(cards / name, zoo / MODELS / name, dirs_exist_ok=True)
    readme = zoo / "README.md"
    rows = "\n".join(row(read_source(cards / name)) for name in brought)
    text = re.sub(r"(?<=## Figures\n\n).*?(?=\n\n)", lambda _: HEAD + rows, readme.read_text("utf-8"), flags=re.DOTALL)
    readme.write_text(text, encoding="utf-8")
    return names


def row(source: Source) -> str:
    """Write a model's row of the zoo's table."""
    measured, data = source.result["metrics"], source.told.data
    figure = next(name for name in FIGURES if name in measured)
    found = f"{figure.replace('_', ' ')} {measured[figure]:.4f}"
    whose = f"[{data.name}]({data.url}), {data.under}"
    return f"| `{source.name}` | {source.told.about} | {whose} | {found} | {source.result['parameters']:,} |"


def add(folder: Path, name: str, key: str, job: str, told: dict[str, Any], cards: Path, results: Path) -> None:
    """Take a model's card over: configuration, pictures, figures, and what is told of it."""
    target = cards / name
    target.mkdir(parents=True, exist_ok=True)
    for file in ("config.json", *PICTURES):
        if (folder / file).exists():
            shutil.copyfile(folder / file, target / file)
    told["distribution"] = BRING if (ZOO / MODELS / name).is_dir() else None
    write_told(target, told_with(with_set(read_told(target), key), {}, **told))
    figures = {**said_in_words(folder), **json.loads((folder / "metrics.json").read_text(encoding="utf-8")), "job": job}
    figures |= {"recipe": figures.get("recipe", job), "data": []}
    figures["command"] = figures.get("command") or COMMAND.format(job=shlex.quote(job), rounds=figures["seed"] + 1)
    kept = results / "models" / f"{name}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def said_in_words(folder: Path) -> dict[str, Any]:
    """Read from an older card what its metrics.json does not hold yet."""
    card = (folder / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^The norm of the gradient of .*$", card, re.MULTILINE)
    return {"gradient": found[0]} if found else {}


def main() -> None:
    """Take a model over if one is named, and render every card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("name", nargs="?")
    parser.add_argument("--set", help="the data set, a key of seqkit/hub/sets.json")
    parser.add_argument("--job", help="the row of recipes.json; else the card's name")
    parser.add_argument("--about")
    parser.add_argument("--example", action="append")
    parser.add_argument("--limit", action="append")
    options = parser.parse_args()
    if options.folder is not None:
        if not options.name or not options.set:
            parser.error("give FOLDER, NAME and --set KEY")
        told = {"about": options.about, "examples": options.example, "limits": options.limit}
        add(options.folder, options.name, options.set, options.job or options.name, told, CARDS, RESULTS)
    print("rendered:", *refresh())


if __name__ == "__main__":
    main()
