"""All that a model card is rendered from: the files of a model's folder, and nothing else."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqkit.auto import MODEL_TYPE
from seqkit.data.tasks import VECTOR_TASKS
from seqkit.errors import DataError
from seqkit.hub.told import Told, read_told
from seqkit.plugins.kinds import LOCAL
from seqkit.plugins.policy import is_distribution_name

PICTURES = ("confusion.png", "loss.png", "gradient.png")


@dataclass(frozen=True)
class Source:
    """What a card is rendered from; the same folder gives the same card, on any machine.

    Args:
        name: the model's name, that of its folder.
        place: what `from_pretrained` is given: a folder, or a repository of the hub; None is the folder's name, or
            the checkpoint of that name where a distribution brings it.
        config: the contents of `config.json`, of which nothing is imported.
        result: the contents of `metrics.json`: what the training measured.
        told: the contents of `card.json`: what people tell.
        pictures: which pictures there are.
    """

    name: str
    place: str | None
    config: dict[str, Any]
    result: dict[str, Any]
    told: Told
    pictures: frozenset[str]

    @property
    def task(self) -> str:
        """The task that the model was trained for."""
        return str(self.result["task"])

    @property
    def features(self) -> int | None:
        """Numbers of a step of the series that the model reads; None if it reads text."""
        given = self.config.get("num_features")
        return given if isinstance(given, int) else None

    @property
    def distributions(self) -> list[str]:
        """What is to be installed, seqkit first."""
        bring = {"itself": {"distribution": self.told.distribution}} if self.brought else {}
        return distributions({**(self.config.get("provenance") or {}), **bring})

    @property
    def brought(self) -> bool:
        """Whether the card loads it as an installed checkpoint."""
        return self.place is None and self.told.distribution != ""

    @property
    def loaded_from(self) -> str:
        """What `from_pretrained` is given, as Python writes it."""
        return f'seqkit.checkpoint("{self.name}")' if self.brought else f'"{self.place or self.name}"'


def distributions(record: Any) -> list[str]:
    """Name what a model needs installed: mere names, for they stand in a file from anywhere and go into a command.

    Args:
        record: which distribution gave each part, as a configuration's `provenance` has it; whatever else stands there
            names nothing.
    """
    given = record.values() if isinstance(record, dict) else ()
    parts = (part.get("distribution") for part in given if isinstance(part, dict))
    names = [name for name in parts if isinstance(name, str) and name != LOCAL and is_distribution_name(name)]
    return list(dict.fromkeys(["seqkit", *names]))


def read_source(folder: Path, place: str | None = None) -> Source:
    """Read what a card is rendered from.

    Args:
        folder: a model's folder, with `config.json` and `metrics.json`.
        place: what `from_pretrained` shall be given in the card; None is the folder's name, or the installed
            checkpoint of that name.

    Raises:
        DataError: if a file is missing or is not what a training of seqkit writes.
    """
    config, result = _read(folder / "config.json"), _read(folder / "metrics.json")
    if config.get("model_type") != MODEL_TYPE:
        raise DataError(f"{folder}/config.json is of a {config.get('model_type')!r}; expected a {MODEL_TYPE!r} model.")
    for name, kind in (("task", str), ("metrics", dict)):
        if not isinstance(result.get(name), kind):
            raise DataError(f"{folder}/metrics.json has no {name!r}. `seqkit train` writes it; take its folder whole.")
    vectors, task = isinstance(config.get("num_features"), int), result["task"]
    if task in VECTOR_TASKS and not vectors:
        raise DataError(f"{folder}/config.json has no num_features, but metrics.json is of {task}.")
    if task == "seq2seq" and vectors:
        raise DataError(
            f"{folder}/metrics.json is of {task}, but config.json reads vectors: write series-to-text there."
        )
    name = folder.resolve().name
    pictures = frozenset(picture for picture in PICTURES if (folder / picture).exists())
    return Source(name, place, config, result, read_told(folder), pictures)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise DataError(f"{path} is missing. Give the folder of a model that `seqkit train` has made.")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}. Copy it again.") from error
    if not isinstance(values, dict):
        raise DataError(f"{path} holds a {type(values).__name__}; expected an object.")
    return values
