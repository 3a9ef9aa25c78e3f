"""The kit for cells: twenty-five checks of one recurrence, and the contract that runs them in a test suite."""

from collections.abc import Sequence
from typing import Any, ClassVar

from seqkit.cells.base import Cell
from seqkit.testing.cell.bench import CellBench
from seqkit.testing.cell.registry import CELL_CHECKS
from seqkit.testing.contract import Contract, title
from seqkit.testing.report import Report

# Each adds its checks to the list, in this order.
from seqkit.testing.cell import running, learning, keeping, manners  # isort: skip

__all__ = ["CELL_CHECKS", "CellContract", "check_cell", "keeping", "learning", "manners", "running"]


def check_cell(cell: type[Cell], *, options: dict[str, Any] | None = None, only: Sequence[str] | None = None) -> Report:
    """Run the checks on a cell.

    Args:
        cell: the class; it need not be installed or registered.
        options: options of its constructor; None is its defaults.
        only: ids of the checks to run; None is all.

    Returns:
        The report; `report.raise_for_failures()` makes an error of it.

    Raises:
        ValueError: if `only` names a check that does not exist.

    Example:
        >>> from seqkit.cells import GRU
        >>> print(check_cell(GRU, only=["shape-dtype", "buffers-rebuilt"]).summary)
        ran 1, skipped 1 (buffers-rebuilt: it has no buffers), failed 0
    """
    return CELL_CHECKS.run(title(cell, options), CellBench(cell, options or {}), only)


class CellContract(Contract):
    """What a cell must keep, as tests: `class TestMinGRU(CellContract): cell = MinGRU` is the whole file."""

    checks = CELL_CHECKS
    cell: ClassVar[type[Cell]]
    """The class that is tested."""

    @classmethod
    def subject(cls) -> CellBench:
        """Return what the checks are given."""
        return CellBench(cls.cell, dict(cls.options))
