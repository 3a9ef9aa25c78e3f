"""What people tell of a model and no training can know: licence, data, limits, examples; kept as `card.json`.

`metrics.json` is what was measured, `card.json` what is told, and the card is rendered from both.
"""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from seqkit.annotations import fits, nearest, show
from seqkit.errors import DataError
from seqkit.files import replacing

FILE = "card.json"
"""What people tell, in a model's folder."""


@dataclass(frozen=True)
class DataSet:
    """The data that a model learnt from.

    Args:
        name: its name for people.
        key: a short name for machines, as `"sms-spam"`; "" makes one of `name`.
        url: where it is.
        licence: its licence, an identifier of the hub such as `"cc-by-4.0"`; "" is none that is stated.
        licence_name: what it is called, where the hub's identifier is `"other"`.
        attribution: who made it.
        part: which part of it the figures are of.
        notes: what else there is to tell of it, a sentence each.
    """

    name: str = ""
    key: str = ""
    url: str = ""
    licence: str = ""
    licence_name: str = ""
    attribution: str = ""
    part: str = "validation"
    notes: list[str] = field(default_factory=list)

    @property
    def under(self) -> str:
        """The licence as people call it."""
        return self.licence_name if self.licence == "other" and self.licence_name else self.licence


@dataclass(frozen=True)
class Told:
    """What people tell of a model.

    Args:
        licence: under which the model is given away, an identifier of the hub; "" is not decided yet.
        language: ISO 639 codes of what it reads and writes.
        data: what it learnt from.
        about: a sentence or two on what it is for.
        limits: what it cannot do, a sentence each.
        examples: texts to try it with; the hub shows them beside the model.
        distribution: the distribution that brings it installed, of which the card then loads it by its name; "" is
            none.
    """

    licence: str = ""
    language: list[str] = field(default_factory=list)
    data: DataSet = field(default_factory=DataSet)
    about: str = ""
    limits: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    distribution: str = ""

    @property
    def under(self) -> str:
        """The model's licence as people call it; one that the hub has no identifier for is that of the data."""
        return self.data.under if self.licence == "other" else self.licence


def read_told(folder: Path) -> Told:
    """Read the `card.json` of a folder; nothing is told where there is none.

    Args:
        folder: a model's folder.

    Raises:
        DataError: if the file is no JSON, or a field is unknown or of the wrong type.
    """
    path = folder / FILE
    if not path.exists():
        return Told()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}. Mend it, or remove it and use `seqkit card`.") from error
    told = _made(Told, values, str(path))
    return replace(told, data=_made(DataSet, values.get("data", {}), f"{path}, data"))


def write_told(folder: Path, told: Told) -> None:
    """Write the `card.json` of a folder, whole or not at all; empty fields stand there to be filled in.

    Args:
        folder: a model's folder.
        told: what is told.
    """
    with replacing(folder / FILE) as temporary:
        temporary.write_text(json.dumps(asdict(told), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def known_sets() -> dict[str, dict[str, Any]]:
    """Return the published data sets that seqkit's recipes are measured on, by their short names.

    Example:
        >>> known_sets()["ud-english-ewt"]["licence"]
        'cc-by-sa-4.0'
    """
    return json.loads(files(__package__).joinpath("sets.json").read_text(encoding="utf-8"))


def with_set(told: Told, key: str) -> Told:
    """Tell of a model that it learnt from a known data set; the model takes the set's licence and languages over.

    Args:
        told: what is told so far; a licence and languages that stand there stay.
        key: the set's short name.

    Raises:
        DataError: if no such set is known, or it states no licence: what was learnt from it is not given away.
    """
    sets = known_sets()
    if key not in sets:
        raise DataError(f"no data set is called {key!r}.{nearest(key, sets)} Known: {', '.join(sets)}.")
    found = {"key": key, **sets[key]}
    if not found["licence"]:
        raise DataError(f"the data set {key!r} states no licence, so a model that learnt from it is not published.")
    language = told.language or found.pop("language")
    data = DataSet(**{name: value for name, value in found.items() if name != "language"})
    return replace(told, data=data, language=language, licence=told.licence or data.licence)


def told_with(told: Told, data: dict[str, Any], **changes: Any) -> Told:
    """Tell more of a model.

    Args:
        told: what is told so far.
        data: fields of `DataSet`; None stays as it is.
        changes: fields of `Told`; None stays as it is.

    Example:
        >>> told_with(Told(), {"name": "My mails", "url": None}, licence="mit", about=None).data.name
        'My mails'
    """
    given = {name: value for name, value in data.items() if value is not None}
    own = {name: value for name, value in changes.items() if value is not None}
    return replace(told, data=replace(told.data, **given), **own)


def _made(kind: Any, values: Any, where: str) -> Any:
    """Make a record of a file's values, each checked."""
    if not isinstance(values, dict):
        raise DataError(f"{where} holds {show(values)}; expected an object with the fields of {kind.__name__}.")
    types = {each.name: each.type for each in fields(kind)}
    for name, value in values.items():
        if name not in types:
            raise DataError(f"{where}: there is no field {name!r}.{nearest(name, types)} Known: {', '.join(types)}.")
        if types[name] is not DataSet and not fits(value, types[name]):
            raise DataError(f"{where}: {name} is {show(value)}; expected {show_type(types[name])}.")
    return kind(**values)


def show_type(hint: Any) -> str:
    """Name a field's type for people."""
    return "a text" if hint is str else "a list of texts"
