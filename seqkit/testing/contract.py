"""Contracts: a class for pytest with one test for each check, made without importing pytest."""

import unittest
from collections.abc import Callable
from typing import Any, ClassVar

from seqkit.testing.checks import Check, Checks
from seqkit.testing.report import Report, Result


class Contract:
    """The base of `CellContract`, `TokenizerContract` and `HeadContract`."""

    checks: ClassVar[Checks]
    options: ClassVar[dict[str, Any]] = {}
    """Options of what is checked; a second class with others checks those too."""
    floor: ClassVar[int | None] = None
    """How many checks must run at least; None is all those that nobody may skip."""

    _subject: ClassVar[Any] = None
    _results: ClassVar[dict[str, Result]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._subject, cls._results = None, {}
        for check in cls.__dict__.get("checks", ()):
            setattr(cls, f"test_{check.id.replace('-', '_')}", _test_of(check))

    @classmethod
    def subject(cls) -> Any:
        """Return what the checks are given."""
        raise NotImplementedError

    @classmethod
    def result(cls, check: Check) -> Result:
        """Return what came of a check, which runs once."""
        if check.id not in cls._results:
            cls._subject = cls._subject or cls.subject()
            cls._results[check.id] = check.run(cls._subject)
        return cls._results[check.id]

    @classmethod
    def report(cls) -> Report:
        """Run what has not run yet, and return all results."""
        return Report(cls.__name__, tuple(map(cls.result, cls.checks)))

    def test_enough_checks_ran(self) -> None:
        """Print the counting line, and fail if it counts fewer than the floor."""
        __tracebackhide__ = True
        report, floor = self.report(), self.checks.floor if self.floor is None else self.floor
        print(report.summary)
        assert report.ran >= floor, f"{report.summary}: at least {floor} must run"


def _test_of(check: Check) -> Callable[[Contract], None]:
    """Make the test of one check; pytest takes `unittest.SkipTest` for its own."""

    def test(self: Contract) -> None:
        __tracebackhide__ = True
        result = self.result(check)
        if result.status == "skipped":
            raise unittest.SkipTest(result.reason)
        if result.status == "failed":
            raise AssertionError(f"{check.id}: {result.reason}") from result.error

    test.__doc__ = check.proves
    return test


def title(cls: type, options: dict[str, Any] | None) -> str:
    """Name a class and its options as a call would: `LSTM(bias=False)`."""
    return cls.__name__ + (f"({', '.join(f'{key}={value!r}' for key, value in options.items())})" if options else "")
