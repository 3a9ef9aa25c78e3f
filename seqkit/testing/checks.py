"""What a check is, and the list of all checks for one kind of plugin."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from seqkit.annotations import nearest
from seqkit.testing.report import Report, Result
from seqkit.testing.surroundings import apart


class Skipped(Exception):
    """Raised by a check that does not concern what it was given; the message is the reason."""


@dataclass(frozen=True)
class Check:
    """One property that a plugin must have.

    Args:
        id: its name, which never changes.
        function: takes the subject; raises an AssertionError that says what is wrong, or `Skipped`.
        optional: whether there are subjects that it does not concern.
    """

    id: str
    function: Callable[[Any], None]
    optional: bool

    @property
    def proves(self) -> str:
        """What a pass proves, in one sentence: the first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    def run(self, subject: Any) -> Result:
        """Run it with a fixed seed, leaving the random numbers of the process as they were.

        Raises:
            RuntimeError: under `python -O`, which would take every assertion out, and pass everything.
        """
        if not __debug__:
            raise RuntimeError("the checks are assertions, which python -O leaves out; run it without -O.")
        try:
            with apart(seed=0):
                self.function(subject)
        except Skipped as reason:
            if self.optional:
                return Result(self.id, "skipped", str(reason))
            return Result(self.id, "failed", f"it must not be skipped, but was: {reason}")
        except AssertionError as error:
            return Result(self.id, "failed", str(error) or "an assertion without words", error)
        except Exception as error:  # a plugin may raise anything, and the other checks shall run all the same
            return Result(self.id, "failed", f"it raised {type(error).__name__}: {_short(error)}", error)
        return Result(self.id, "passed")


class Checks:
    """All checks for one kind of plugin, in order; called with an id, it is the decorator that adds one.

    Args:
        noun: what is checked, in messages.

    Example:
        >>> numbers = Checks("number")
        >>> @numbers("is-even")
        ... def is_even(number):
        ...     '''The number can be halved.'''
        ...     assert number % 2 == 0, f"{number} is odd"
        >>> print(numbers.run("three", 3).summary, numbers["is-even"].proves)
        ran 1, skipped 0, failed 1 The number can be halved.
    """

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._checks: dict[str, Check] = {}

    def __call__(self, name: str, *, optional: bool = False) -> Callable[[Callable], Callable]:
        """Add the decorated function as a check.

        Args:
            name: its id.
            optional: whether it may be skipped.
        """

        def add(function: Callable) -> Callable:
            assert name not in self._checks, f"two checks are called {name!r}"
            self._checks[name] = Check(name, function, optional)
            return function

        return add

    def __iter__(self) -> Iterator[Check]:
        return iter(self._checks.values())

    def __len__(self) -> int:
        return len(self._checks)

    def __getitem__(self, name: str) -> Check:
        return self._checks[name]

    @property
    def floor(self) -> int:
        """Number of the checks that nobody may skip."""
        return sum(not check.optional for check in self)

    def select(self, only: Sequence[str] | None = None) -> list[Check]:
        """Return the checks of these ids, or all, in the kit's order.

        Raises:
            ValueError: if there is no check of that id; the nearest one is told.
        """
        for name in () if only is None else [only] if isinstance(only, str) else only:
            if name not in self._checks:
                raise ValueError(f"there is no check {name!r} for a {self.noun}.{nearest(name, self._checks)}")
        return [check for check in self if only is None or check.id in only]

    def run(self, name: str, subject: Any, only: Sequence[str] | None = None) -> Report:
        """Run the checks on a subject; `name` is what the report calls it."""
        return Report(name, tuple(check.run(subject) for check in self.select(only)))


def _short(error: BaseException) -> str:
    """Return the first lines of an error's message."""
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else f"{text[:297]}..."
