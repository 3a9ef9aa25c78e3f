"""The model card: rendered from what was measured and what is told, so that the same folder gives the same card."""

import json
from pathlib import Path
from typing import Any

from seqkit.files import replacing
from seqkit.hub import sections
from seqkit.hub.metadata import metadata
from seqkit.hub.source import Source, read_source

MARK = "<!-- Rendered by seqkit: edit card.json and run `seqkit card`, or take this line out to keep your own text. -->"
"""The last line of a card; one without it is somebody's own and is left alone."""

UNTOLD = ("output",)
"""What a training tells of this machine alone."""


def write_card(folder: Path, settings: Any, result: dict[str, Any], memory: str | None = None) -> None:
    """Write what a training measured as `metrics.json`, and the card, into a model's folder.

    Args:
        folder: the folder, with its `config.json` and pictures.
        settings: the settings of the training.
        result: what the training told.
        memory: what `gradient.png` in the folder shows, in words, or None if there is none.
    """
    told = {name: value for name, value in result.items() if name not in UNTOLD}
    made = {"recipe": settings.recipe, "command": settings.command, "data": [Path(file).name for file in settings.data]}
    with replacing(folder / "metrics.json") as temporary:
        values = {**told, **made, "gradient": memory}
        temporary.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    render_into(folder)


def render_into(folder: Path) -> None:
    """Render a folder's card into its `README.md`.

    Args:
        folder: a model's folder, with `config.json` and `metrics.json`.

    Raises:
        DataError: if a file is missing or is not what a training of seqkit writes.
    """
    text = render(read_source(folder))
    with replacing(folder / "README.md") as temporary:
        temporary.write_text(text, encoding="utf-8")


def render(source: Source) -> str:
    """Write a card's text.

    Args:
        source: what it is rendered from.
    """
    parts = [
        f"---\n{metadata(source).to_yaml()}\n---",
        f"# {source.name}",
        sections.summary(source),
        sections.loading(source),
        sections.measured(source),
        sections.learnt_from(source),
        *sections.licence(source),
        sections.making(source),
        *sections.pictures(source),
        sections.limits(source),
        *sections.writes(source),
        MARK,
    ]
    return "\n\n".join(parts) + "\n"


def is_rendered(folder: Path) -> bool:
    """Tell whether a folder's card is one that seqkit rendered, and may render again.

    Args:
        folder: a model's folder; one without a card may get one.
    """
    path = folder / "README.md"
    return not path.exists() or MARK in path.read_text(encoding="utf-8", errors="replace")
