"""Checks that every kind of plugin shares: how its module is imported, and what its docstring tells."""

from typing import Protocol

from seqkit.testing import process


class Bench(Protocol):
    """What the checks of any kind are given: the class is its `kind`."""

    @property
    def kind(self) -> type:
        """The class that is checked."""


def import_is_quiet(bench: Bench) -> None:
    """Importing its module prints nothing and changes neither random numbers nor settings of the process."""
    noises = process.import_noises(bench.kind)
    assert not noises, f"when {bench.kind.__module__} is imported, {'; '.join(noises)}"


def docstring_has_example(bench: Bench) -> None:
    """The docstring says what it is, and shows it in an example that can be run."""
    assert ">>>" in (bench.kind.__doc__ or ""), "its docstring has no example; write one with >>>, which doctest runs"
