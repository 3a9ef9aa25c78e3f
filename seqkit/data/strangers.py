"""Labels that were not seen in training: all of them are found, counted and named at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from seqkit.data.labels import unseen
from seqkit.errors import DataError

_SHOWN = 10


@dataclass
class Stranger:
    """How often a label that was not seen in training occurs, and in which row first (from 1)."""

    count: int
    row: int


def find_strangers(rows: Iterable[Iterable[str]], known: Collection[str]) -> dict[str, Stranger]:
    """Find the labels that a model does not know.

    Args:
        rows: the labels of each row.
        known: the labels seen in training.

    Example:
        >>> find_strangers([["ham"], ["spma"], ["spma"]], {"ham", "spam"})
        {'spma': Stranger(count=2, row=2)}
    """
    found: dict[str, Stranger] = {}
    for number, labels in enumerate(rows, start=1):
        for label in labels:
            if label not in known:
                found.setdefault(label, Stranger(0, number)).count += 1
    return found


def refuse_strangers(rows: Iterable[Iterable[str]], known: Collection[str]) -> None:
    """Refuse data with labels that were not seen in training.

    Raises:
        DataError: naming each such label, how often it occurs and where first.
    """
    found = find_strangers(rows, known)
    if not found:
        return
    (first, stranger), *others = found.items()
    also = f". Also unseen: {describe(dict(others))}" if others else ""
    times = f" ({stranger.count:,} times)" if stranger.count > 1 else ""
    raise DataError(unseen(first, known, f"row {stranger.row}{times}") + also)


def describe(found: dict[str, Stranger]) -> str:
    """Name labels with their number and first row.

    Example:
        >>> describe({"spma": Stranger(count=2, row=2)})
        "'spma' (2, first in row 2)"
    """
    shown = [f"{label!r} ({each.count:,}, first in row {each.row:,})" for label, each in list(found.items())[:_SHOWN]]
    rest = len(found) - len(shown)
    return ", ".join(shown) + (f" and {rest} other labels" if rest else "")
