"""The battery of faults: hostile input, crashes and load, line by line, in a quick form and in full.

A line is a module of `tests/faults/lines`. It needs no registration, and has

    FULL    how many cases the full form has (`python -m tests.faults`, `make faults`)
    UNIT    what is counted: "files", "texts", "seconds", …
    run     a function: run(count, seed) -> Counts

The quick form is a test, `tests/faults/test_<line>.py`, which calls the same `run` with a small count and holds it to
`failures == []`.
"""

import pkgutil
import time
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from tests.faults import lines

Counts = dict[str, Any]
"""What a line found: `cases`, how many there were; `failures`, what each that broke a promise was, told so that it can
be made again; and any further counts, tables or times."""


def names() -> list[str]:
    """Return the names of all lines."""
    return sorted(module.name for module in pkgutil.iter_modules(lines.__path__))


def line(name: str) -> ModuleType:
    """Import a line."""
    return import_module(f"{lines.__name__}.{name}")


def run(name: str, count: int | None = None, seed: int = 0) -> Counts:
    """Run a line.

    Args:
        name: of its module.
        count: how many cases; None is the full form.
        seed: for all that is random.

    Returns:
        Its counts, with `unit`, `count` and `seconds`.
    """
    module = line(name)
    count = module.FULL if count is None else count
    started = time.perf_counter()
    found = module.run(count, seed)
    return {"unit": module.UNIT, "count": count, **found, "seconds": round(time.perf_counter() - started, 1)}


class Tally:
    """Counts outcomes by name, and keeps what failed.

    Example:
        >>> tally = Tally()
        >>> tally.right("refused")
        >>> tally.wrong("a case that was let in")
        >>> tally.counts()
        {'cases': 2, 'refused': 1, 'failed': 1, 'failures': ['a case that was let in']}
    """

    SHOWN = 20
    """How many failures are told in words; all are counted."""

    def __init__(self) -> None:
        self.outcomes: dict[str, int] = {}
        self.failures: list[str] = []

    def right(self, outcome: str) -> None:
        """Count a case that kept the promise."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def wrong(self, told: str) -> None:
        """Count a case that broke it."""
        self.failures.append(told)

    def counts(self) -> Counts:
        """Return what a line gives."""
        cases = sum(self.outcomes.values()) + len(self.failures)
        failures = {"failed": len(self.failures), "failures": self.failures[: self.SHOWN]}
        return {"cases": cases, **self.outcomes, **failures}


def shown(counts: Counts) -> Iterator[tuple[str, str]]:
    """Give what a person reads of some counts: names and numbers, tables left out."""
    for name, value in counts.items():
        if isinstance(value, int | float | str):
            yield name.replace("_", " "), f"{value:,}" if isinstance(value, int | float) else value
