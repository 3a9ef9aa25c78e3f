"""What came of a run of the kit: a result for each check, counted, as text and as JSON."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["passed", "skipped", "failed"]


@dataclass(frozen=True)
class Result:
    """What came of one check.

    Args:
        id: the check's name, which never changes: `"causality"`.
        status: `"passed"`, `"skipped"` or `"failed"`.
        reason: why it was skipped, or what was found; `""` if it passed.
        error: the exception of a failure, for whoever wants its traceback.
    """

    id: str
    status: Status
    reason: str = ""
    error: BaseException | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Report:
    """The results of all checks that were asked for.

    Args:
        name: what was checked.
        results: one for each check, in the kit's order.

    Example:
        >>> print(Report("Leaky", (Result("causality", "passed"), Result("buffers-rebuilt", "skipped", "no buffers"))))
        Leaky
          passed   causality
          skipped  buffers-rebuilt: no buffers
        ran 1, skipped 1 (buffers-rebuilt: no buffers), failed 0
    """

    name: str
    results: tuple[Result, ...]

    @property
    def passed(self) -> int:
        """Number of checks that passed."""
        return self._count("passed")

    @property
    def skipped(self) -> int:
        """Number of checks that were skipped, each for a reason."""
        return self._count("skipped")

    @property
    def failed(self) -> int:
        """Number of checks that failed."""
        return self._count("failed")

    @property
    def ran(self) -> int:
        """Number of checks that ran, whatever they found."""
        return self.passed + self.failed

    @property
    def ok(self) -> bool:
        """Whether something ran and nothing failed."""
        return self.ran > 0 and not self.failed

    @property
    def summary(self) -> str:
        """The counting line: `ran 24, skipped 1 (buffers-rebuilt: it has no buffers), failed 0`."""
        skipped: dict[str, list[str]] = {}
        for result in self._of("skipped"):
            skipped.setdefault(result.reason, []).append(result.id)
        reasons = "; ".join(f"{', '.join(ids)}: {reason}" for reason, ids in skipped.items())
        return f"ran {self.ran}, skipped {self.skipped}{f' ({reasons})' if reasons else ''}, failed {self.failed}"

    def __str__(self) -> str:
        lines = [f"  {result.status:8} {result.id}{_behind(result.reason)}" for result in self.results]
        return "\n".join([self.name, *lines, self.summary])

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and the results as plain values."""
        rows = [{"id": each.id, "status": each.status, "reason": each.reason} for each in self.results]
        counts = {"ran": self.ran, "passed": self.passed, "skipped": self.skipped, "failed": self.failed}
        return {"name": self.name, **counts, "ok": self.ok, "results": rows}

    def to_json(self) -> str:
        """Return the counts and the results as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)

    def raise_for_failures(self) -> None:
        """Do nothing if nothing failed.

        Raises:
            AssertionError: listing each failed check with what it found.
        """
        if not self.failed:
            return
        found = [f"  {result.id}{_behind(result.reason)}" for result in self._of("failed")]
        raise AssertionError("\n".join([f"{self.name} fails {self.failed} of {self.ran} checks:", *found]))

    def _of(self, status: Status) -> list[Result]:
        return [result for result in self.results if result.status == status]

    def _count(self, status: Status) -> int:
        return len(self._of(status))


def _behind(reason: str) -> str:
    return f": {reason}" if reason else ""
